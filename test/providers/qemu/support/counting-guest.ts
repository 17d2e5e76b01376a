import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { connectGuest, listGuestRecords } from '../../../../src/qemu/guest-records.ts';

const address = 0x9000;

/** Begins with a number that no two starts share, counts on at each tick of the clock, and writes that to sector 1. */
export const countOn = [
  ...[0x31, 0xc0, 0x8e, 0xc0], // xor ax, ax; mov es, ax
  ...[0x0f, 0x31, 0x66, 0xa3, 0x00, 0x90], // rdtsc; mov [0x9000], eax
  ...[0xf4, 0x66, 0xff, 0x06, 0x00, 0x90], // again: hlt; inc dword [0x9000]
  ...[0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00], // mov ax, 0x0301; mov cx, 2
  ...[0xba, 0x80, 0x00, 0xbb, 0x00, 0x90, 0xcd, 0x13], // mov dx, 0x80; mov bx, 0x9000; int 0x13
  ...[0xfb, 0xeb, 0xe9], // sti; jmp again
];

/** The number in the memory of the one machine that runs. */
export async function readCounter(home: string): Promise<number> {
  const [record] = await listGuestRecords(path.join(home, 'run'));
  if (record === undefined) throw new Error('no machine runs');
  const guest = await connectGuest(record);
  try {
    const said = await guest.qmp.execute('human-monitor-command', { 'command-line': `xp /1wx ${address}` });
    return Number.parseInt(/0x([0-9a-f]{8})\s*$/.exec(String(said))?.[1] ?? 'none', 16);
  } finally {
    guest.close();
  }
}

/** The number on the disk of a stopped machine. */
export function readStoredCounter(disk: string): number {
  const raw = `${disk}.raw`;
  execFileSync('qemu-img', ['convert', '-U', '-O', 'raw', disk, raw]);
  try {
    return readFileSync(raw).readUInt32LE(512);
  } finally {
    rmSync(raw);
  }
}

/** Tags of the snapshots inside an image. */
export function readTags(image: string): string[] {
  const said = JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', image], { encoding: 'utf8' }));
  return (said.snapshots ?? []).map((snapshot: { name: string }) => snapshot.name);
}
