import { Fault } from '../errors/fault.ts';

/** A Fault as it is; anything else, such as a full disk, as a `host_fault` with this sentence. */
export function asHostFault(error: unknown, message: string): Fault {
  if (error instanceof Fault) return error;
  const systemCode = error instanceof Error && 'code' in error ? error.code : undefined;
  return new Fault('host_fault', message, {
    remedy: systemCode === 'ENOSPC' ? 'Free some space on the disk.' : undefined,
    data: { systemCode },
    cause: error,
  });
}
