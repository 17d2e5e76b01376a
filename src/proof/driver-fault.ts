import type { Verdict } from '../model/verdict.ts';
import type { DiskBus } from '../qemu/boot-plan.ts';
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

// ALERT!  /dev/vda1 does not exist.  Dropping to a shell!
// [ TIME ] Timed out waiting for device dev-nvme0n1p2.device - /dev/nvme0n1p2.
// [    2.1] VFS: Cannot open root device "hda1" or unknown-block(0,0): error -6
const awaited =
  /(?:(?:\/dev\/|\bdev-)(\w+) does not exist|\bTimed out waiting for device (?:dev-|\/dev\/)(\w+)|\bCannot open root device "(?:\/dev\/)?(\w+)")/;
const namesOnBuses: readonly (readonly [RegExp, DiskBus])[] = [
  [/^vd[a-z]/, 'virtio'],
  [/^nvme\d/, 'nvme'],
  [/^hd[a-z]/, 'ide'],
];

/** The bus to which the name of a disk belongs that the guest waited for in vain; undefined when it says none, or a neutral one. */
export function findAwaitedBus(lines: readonly string[]): DiskBus | undefined {
  for (const line of lines) {
    const [, ...names] = awaited.exec(line) ?? [];
    const name = names.find(text => text !== undefined);
    const found = name === undefined ? undefined : namesOnBuses.find(([pattern]) => pattern.test(name));
    if (found) return found[1];
  }
  return undefined;
}
