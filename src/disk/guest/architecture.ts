import type { GuestSystem } from '../../model/image.ts';

export type Architecture = GuestSystem['architecture'];

const peMachines: Readonly<Record<number, Architecture>> = { 34404: 'x86_64', 332: 'x86', 43620: 'aarch64' };
const elfMachines: Readonly<Record<number, Architecture>> = { 62: 'x86_64', 3: 'x86', 183: 'aarch64' };

/** For which processor a program is, by its first KiB: a PE file (EFI, Windows), an ELF file, or a Linux kernel. */
export function programArchitecture(head: Buffer): Architecture | undefined {
  if (head.length < 64) return undefined;
  if (head.toString('latin1', 0, 4) === '\x7fELF') {
    return elfMachines[head.readUInt8(5) === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)];
  }
  const pe = head.readUInt32LE(60);
  if (
    head.toString('latin1', 0, 2) === 'MZ' &&
    pe + 6 <= head.length &&
    head.toString('latin1', pe, pe + 4) === 'PE\0\0'
  ) {
    return peMachines[head.readUInt16LE(pe + 4)];
  }
  return kernelArchitecture(head);
}

function kernelArchitecture(head: Buffer): Architecture | undefined {
  if (head.toString('latin1', 56, 60) === 'ARMd') return 'aarch64';
  if (head.length < 0x238 || head.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined;
  // From boot protocol 2.12 on a flag says whether the kernel has a 64-bit entry.
  return head.readUInt16LE(0x206) >= 0x20c && (head.readUInt16LE(0x236) & 1) !== 0 ? 'x86_64' : 'x86';
}
