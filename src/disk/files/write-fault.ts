import { Fault, type FaultCode } from '../../errors/fault.ts';

/** Why the host can not take one file while it takes others, by what its system says. */
const ofOneFile: Readonly<Record<string, string>> = {
  EEXIST: 'Something of the same name, or one that differs only in case or accents, was copied before it.',
  ENAMETOOLONG: 'Its path is too long for this host.',
  EINVAL: 'The file system of the target does not allow its name.',
  EILSEQ: 'The file system of the target does not allow its name.',
  EFBIG: 'It is too large for the file system of the target.',
};

const ofAll: Readonly<Record<string, readonly [FaultCode, string]>> = {
  EACCES: ['denied', 'This user may not make files in'],
  EPERM: ['denied', 'This user may not make files in'],
  EROFS: ['denied', 'Nothing can be written to'],
  ENOENT: ['not_found', 'There is no longer a folder'],
  ENOSPC: ['host_fault', 'There is no space left in'],
  EDQUOT: ['host_fault', 'There is no space left in'],
};

/** A sentence for what the system said about this one file; undefined for what concerns all of them. */
export function fileProblem(error: unknown): string | undefined {
  return ofOneFile[systemCodeOf(error) ?? ''];
}

/** What the system said about writing to the target's folder, as a Fault; anything else as it is. */
export function writeFault(error: unknown, folder: string): unknown {
  const systemCode = systemCodeOf(error);
  if (error instanceof Fault || systemCode === undefined) return error;
  const problem = ofOneFile[systemCode];
  const [code, words] = ofAll[systemCode] ?? ['host_fault', 'The copy could not be made in'];
  const isFull = systemCode === 'ENOSPC' || systemCode === 'EDQUOT';
  return new Fault(code, `${words} ${folder}.${problem === undefined ? '' : ` ${problem}`}`, {
    remedy: 'Choose another target, or make room and rights for it there.',
    data: { field: 'target', folder, systemCode, ...(isFull && { reason: 'disk_full' }) },
    cause: error,
  });
}

function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
