import { Fault } from '../errors/fault.ts';

const full = 'Free some space on the disk.';
const rights = 'Give this user the right to write there.';
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: rights,
  EPERM: rights,
  EROFS: 'The disk is read-only: mount it for writing, or set VMBRIDGE_HOME to another place.',
};

function isFull(systemCode: unknown): boolean {
  return systemCode === 'ENOSPC' || systemCode === 'EDQUOT';
}

/** A Fault as it is; anything else, such as a full disk, as a `host_fault` with this sentence. */
export function asHostFault(error: unknown, message: string): Fault {
  if (error instanceof Fault) return error;
  const systemCode = error instanceof Error && 'code' in error ? error.code : undefined;
  return new Fault('host_fault', message, {
    remedy: remedies[String(systemCode)] ?? 'Check the disk that holds the folder, and the rights of this user there.',
    data: { systemCode, ...(isFull(systemCode) && { reason: 'disk_full' }) },
    cause: error,
  });
}
