import type { Verdict } from '../model/verdict.ts';
import { explainPause } from '../qemu/guest/explain-pause.ts';
import { diskFullRule } from './watch/judge-machine.ts';

/** What is to be done about a fault of the host that a verdict names. `runRoot` holds what the guest writes. */
export function listRemedies(verdict: Verdict | undefined, runRoot: string): string[] {
  if (verdict?.rule !== diskFullRule) return [];
  const events = [{ name: 'BLOCK_IO_ERROR', data: { nospace: true }, at: new Date() }];
  const explanation = explainPause({ status: 'io-error', events, folder: runRoot });
  return explanation === undefined ? [] : [explanation.remedy];
}
