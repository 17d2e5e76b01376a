import { reportFault } from '../../../bridge/operations/report-fault.ts';
import type { Fault } from '../../../errors/fault.ts';
import { toExitStatus } from '../../faults.ts';
import { plainText } from './plain-text.ts';

/** A Fault for people, a few lines with a newline at the end. */
export function faultText(fault: Fault): string {
  const lines = [`vmbridge: ${plainText(fault.message)}`];
  for (const problem of otherProblems(fault)) lines.push(`  also: ${plainText(problem)}`);
  if (fault.remedy !== undefined) lines.push(`  → ${plainText(fault.remedy)}`);
  if (fault.log !== undefined) lines.push(`  log: ${plainText(fault.log)}`);
  return `${lines.join('\n')}\n`;
}

/** Tells on stderr why a door could not be opened. Returns the exit status. */
export function reportStartFault(fault: Fault): 1 | 2 {
  process.stderr.write(faultText(fault));
  return toExitStatus(fault);
}

/** A Fault as the one JSON value that `--json` prints. */
export function faultJson(fault: Fault): { readonly error: ReturnType<typeof reportFault> } {
  return { error: reportFault(fault) };
}

/** The message names the first wrong field; the others stand in the data. */
function otherProblems(fault: Fault): string[] {
  const problems = fault.data?.problems;
  if (!Array.isArray(problems)) return [];
  return problems.slice(1, 6).flatMap(problem => {
    const { field, problem: text } = (problem ?? {}) as { field?: unknown; problem?: unknown };
    return typeof field === 'string' && typeof text === 'string' ? [`"${field}": ${text}`] : [];
  });
}
