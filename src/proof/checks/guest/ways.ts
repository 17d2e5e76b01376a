import { Fault } from '../../../errors/fault.ts';

/** One way to look into a guest; undefined when it is not there at all. */
export interface Way<Value> {
  readonly try: () => Promise<Value | undefined>;
  /** Why it is not there, for a sentence: "no guest agent answers". */
  readonly absence: string;
}

/** What says that a way is barred, and not that what was looked for is wrong. */
const barred: ReadonlySet<string> = new Set([
  'denied',
  'unsupported',
  'unavailable',
  'busy',
  'timeout',
  'failed',
  'invalid',
]);

/**
 * What the first way gives that leads anywhere. Fault `failed`, with the reason of each way, when none does; `host_fault` and
 * the end of the call at once.
 */
export async function tryWays<Value>(ways: readonly Way<Value>[], signal: AbortSignal): Promise<Value> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      const found = await way.try();
      if (found !== undefined) return found;
      reasons.push(way.absence);
    } catch (error) {
      if (signal.aborted || !(error instanceof Fault) || !barred.has(error.code)) throw error;
      reasons.push(error.remedy === undefined ? error.message : `${error.message} ${error.remedy}`);
    }
  }
  throw new Fault('failed', `There was no way to look: ${reasons.map(trimPoint).join('; ')}.`);
}

function trimPoint(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
