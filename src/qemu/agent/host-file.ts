import { Fault, type FaultCode } from '../../errors/fault.ts';

interface Explanation {
  readonly code: FaultCode;
  readonly says: string;
  readonly remedy: string;
}

const explanations: Readonly<Record<string, Explanation>> = {
  ENOENT: { code: 'not_found', says: 'is not there', remedy: 'Check the path: it is one on this host.' },
  ENOTDIR: { code: 'not_found', says: 'is below something that is no folder', remedy: 'Check the path.' },
  EACCES: { code: 'denied', says: 'may not be used', remedy: 'Check the rights of the file and its folder.' },
  EPERM: { code: 'denied', says: 'may not be used', remedy: 'Check the rights of the file and its folder.' },
  EROFS: { code: 'denied', says: 'is on a disk that cannot be written', remedy: 'Choose another place.' },
  EEXIST: {
    code: 'conflict',
    says: 'is there already',
    remedy: 'Choose another target: no file on this host is replaced.',
  },
  EISDIR: { code: 'invalid', says: 'is a folder', remedy: 'Name a file.' },
  ENAMETOOLONG: { code: 'invalid', says: 'has too long a name', remedy: 'Choose a shorter name.' },
  ENOSPC: { code: 'host_fault', says: 'does not fit on the disk', remedy: 'Free some space on the disk.' },
};

/** The Fault for what the host said about a file; a Fault stays what it is. `field` is the input that named it. */
export function explainHostFile(error: unknown, path: string, field: 'source' | 'target'): Fault {
  if (error instanceof Fault) return error;
  const systemCode = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const found = systemCode === undefined ? undefined : explanations[systemCode];
  return new Fault(found?.code ?? 'host_fault', `${path} ${found?.says ?? 'could not be used'}.`, {
    remedy: found?.remedy,
    data: { field, systemCode },
    cause: error,
  });
}
