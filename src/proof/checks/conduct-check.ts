import { plainText } from '../../disk/guest/plain-text.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { CheckResult } from '../../model/check.ts';
import type { CheckRun, Finding } from './check-context.ts';

/**
 * Makes one check within its time. Whatever the guest, its image or QEMU does is a result; only the end of the whole call
 * is thrown, as `cancelled`.
 */
export async function conductCheck(
  check: string,
  limitSeconds: number,
  { signal, progress, gone }: CheckRun,
  work: (limited: AbortSignal) => Promise<Finding>,
): Promise<CheckResult> {
  if (signal.aborted) throw cancelledFault(signal, 'Checking the guest');
  progress(`checking ${check}`);
  const started = performance.now();
  const timer = AbortSignal.timeout(limitSeconds * 1000);
  const limited = AbortSignal.any([signal, timer, ...(gone ? [gone] : [])]);
  const finding = await work(limited).catch((error: unknown): Finding => {
    if (signal.aborted) throw cancelledFault(signal, 'Checking the guest');
    if (gone?.aborted) return { passed: false, detail: 'The machine ended before this could be told.' };
    if (timer.aborted) return { passed: false, detail: `This could not be told within ${limitSeconds} s.` };
    return { passed: false, detail: explain(error) };
  });
  return { check, ...finding, seconds: (performance.now() - started) / 1000 };
}

function explain(error: unknown): string {
  if (!(error instanceof Fault)) return `This could not be told: ${plainText(String(error))}`;
  return plainText(error.remedy === undefined ? error.message : `${error.message} ${error.remedy}`);
}
