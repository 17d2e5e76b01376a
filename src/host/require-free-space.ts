import { statfs } from 'node:fs/promises';
import { Fault } from '../errors/fault.ts';

/** Throws a `host_fault` when the file system of `folder` has less than so many bytes left for this user. */
export async function requireFreeSpace(folder: string, neededBytes: number, field: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const message = `The file needs about ${neededBytes} bytes, and ${folder} has ${freeBytes} bytes left.`;
  throw new Fault('host_fault', message, {
    remedy: `Free ${neededBytes - freeBytes} bytes there, or choose a "${field}" on another disk.`,
    data: { field, reason: 'disk_full', folder, neededBytes, freeBytes },
  });
}
