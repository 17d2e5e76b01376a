import { escapeControls } from '../errors/escape.ts';
import type { Verdict, VerdictState } from '../model/verdict.ts';
import type { Match } from './classify.ts';

/** A verdict from what the machine did. */
export function createVerdict(
  state: VerdictState,
  rule: string,
  source: Verdict['source'],
  reason: string,
  line?: string,
): Verdict {
  const shown = line === undefined ? {} : { line: escapeControls(line).slice(0, 500) };
  return { state, rule, reason, source, ...shown, passed: state === 'login' };
}

/** The verdict of a rule about text. Text that was only recognised optically decides nothing. */
export function createTextVerdict({ rule, source, line, exact }: Match): Verdict {
  const from = source === 'firmware' ? 'engine' : source;
  if (exact) return createVerdict(rule.state, rule.id, from, rule.reason, line);
  const reason = `${rule.reason} The text was read by optical recognition only, which may err: no verdict.`;
  return createVerdict('inconclusive', rule.id, from, reason, line);
}
