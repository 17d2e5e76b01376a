import { Fault, type FaultCode } from '../../../errors/fault.ts';

const meanings: Readonly<Record<string, readonly [FaultCode, string]>> = {
  EACCES: ['denied', 'This user may not make files in'],
  EPERM: ['denied', 'This user may not make files in'],
  EROFS: ['denied', 'Nothing can be written to'],
  ENOENT: ['not_found', 'There is no longer a folder'],
  ENAMETOOLONG: ['invalid', 'The name is too long for'],
  ENOSPC: ['host_fault', 'There is no space left in'],
  EDQUOT: ['host_fault', 'There is no space left in'],
};

/** What the system said about the target's folder, as a Fault; anything else as it is. */
export function explainFolder(error: unknown, folder: string): unknown {
  if (error instanceof Fault || !(error instanceof Error && 'code' in error)) return error;
  const systemCode = String(error.code);
  const [code, words] = meanings[systemCode] ?? ['host_fault', 'The file could not be made in'];
  return new Fault(code, `${words} ${folder}.`, {
    remedy: 'Choose another target, or make room and rights for it there.',
    data: { field: 'target', folder, systemCode, ...(words.includes('space') && { reason: 'disk_full' }) },
    cause: error,
  });
}
