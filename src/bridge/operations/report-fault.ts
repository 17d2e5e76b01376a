import { escapeControls } from '../../errors/escape.ts';
import type { Fault } from '../../errors/fault.ts';
import type { FaultReport } from '../../model/fault-report.ts';

/** Longest message, in characters: names and paths in it come from callers, who may send 32,000 of them. */
const longestMessage = 1000;

/** A Fault as JSON; `cause` stays behind, as it may hold what a foreign program printed. */
export function reportFault(fault: Fault): FaultReport {
  return {
    code: fault.code,
    message: shorten(escapeControls(fault.message)),
    ...(fault.remedy === undefined ? {} : { remedy: shorten(escapeControls(fault.remedy)) }),
    ...(fault.data === undefined ? {} : { data: { ...fault.data } }),
    ...(fault.log === undefined ? {} : { log: fault.log }),
  };
}

/** Both ends are kept: a sentence says what went wrong behind the long name that it quotes. */
function shorten(text: string): string {
  if (text.length <= longestMessage) return text;
  const end = Math.floor(longestMessage / 3);
  return `${text.slice(0, longestMessage - end - 1)}…${text.slice(-end)}`;
}
