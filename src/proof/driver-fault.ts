import type { Verdict } from '../model/verdict.ts';
import { textRules } from './rules/all-rules.ts';

const driverRules = new Set(textRules.filter(({ driver }) => driver === true).map(({ id }) => id));
// INACCESSIBLE_BOOT_DEVICE, 0x0000007B, 7b
const stopCodes = /^(?:INACCESSIBLE_BOOT_DEVICE|(?:0x)?0{0,14}7b)$/i;

/** Whether a boot ended as it does when the system has no driver for the way its disk is attached. */
export function looksLikeDriverFault({ rule, state, stopCode }: Verdict): boolean {
  if (driverRules.has(rule)) return true;
  return state === 'blue_screen' && stopCode !== undefined && stopCodes.test(stopCode);
}

/** Whether a boot ended before any system, as it does under the wrong firmware. */
export function looksLikeFirmwareFault({ state }: Verdict): boolean {
  return state === 'no_boot_device' || state === 'bootloader_error';
}
