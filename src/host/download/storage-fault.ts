import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../../errors/fault.ts';

/** Left free for everybody else. */
const reserveBytes = 16 * 2 ** 20;

/** Throws `host_fault` when the disk of `file` has no room for so many more bytes. */
export async function checkSpace(file: string, neededBytes: number): Promise<void> {
  const folder = dirname(file);
  // Some network file systems do not tell; there the writing itself will.
  const space = await statfs(folder).catch(() => undefined);
  if (space === undefined || space.blocks === 0) return;
  const freeBytes = space.bavail * space.bsize;
  if (freeBytes >= neededBytes + reserveBytes) return;
  throw fullDisk(file, { neededBytes, freeBytes });
}

/** The Fault for a file of ours that could not be written. */
export function createStorageFault(file: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  const systemCode = error instanceof Error && 'code' in error ? error.code : undefined;
  if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT') return fullDisk(file, { systemCode }, error);
  const isRefused = systemCode === 'EACCES' || systemCode === 'EPERM' || systemCode === 'EROFS';
  return new Fault(isRefused ? 'denied' : 'host_fault', `The file ${file} could not be written (${systemCode}).`, {
    remedy: `Check that ${dirname(file)} is a folder that this user may write to.`,
    data: { file, systemCode },
    cause: error,
  });
}

export function isFullDisk(fault: Fault): boolean {
  return fault.data?.systemCode === 'ENOSPC' || fault.data?.systemCode === 'EDQUOT';
}

function fullDisk(file: string, data: Readonly<Record<string, unknown>>, cause?: unknown): Fault {
  return new Fault('host_fault', `The disk with ${dirname(file)} has no room for ${file}.`, {
    remedy: `Free space on the disk of ${dirname(file)}, then try again.`,
    data: { file, ...data },
    cause,
  });
}
