import { Fault, type FaultCode } from '../../errors/fault.ts';

interface Meaning {
  readonly code: FaultCode;
  readonly problem: string;
  readonly remedy?: string;
}

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: {
    code: 'not_found',
    problem: 'does not exist',
    remedy: 'Check the path; a relative one starts at the working folder.',
  },
  ENOTDIR: { code: 'not_found', problem: 'does not exist: a part of its path is a file', remedy: 'Check the path.' },
  ELOOP: { code: 'invalid', problem: 'leads through a loop of symbolic links', remedy: 'Name the file itself.' },
  ENAMETOOLONG: {
    code: 'invalid',
    problem: 'has a name that is too long for this system',
    remedy: 'Give the file a shorter name, or check the path.',
  },
  EACCES: {
    code: 'denied',
    problem: 'may not be read by this user',
    remedy: 'Give this user the right to read it, or run as one who has it.',
  },
  EPERM: {
    code: 'denied',
    problem: 'may not be read by this user',
    remedy: 'Give this user the right to read it, or run as one who has it.',
  },
  EISDIR: { code: 'invalid', problem: 'is a folder, not a disk image', remedy: 'Name the image file inside of it.' },
  EBUSY: {
    code: 'busy',
    problem: 'is in use by another program',
    remedy: 'Detach the disk or stop the machine that uses it, then try again.',
  },
  ETXTBSY: {
    code: 'busy',
    problem: 'is in use by another program',
    remedy: 'Stop the program that uses it, then try again.',
  },
  EMFILE: {
    code: 'host_fault',
    problem: 'could not be opened: too many files are open',
    remedy: 'Close other work or raise the limit of open files.',
  },
  ENFILE: {
    code: 'host_fault',
    problem: 'could not be opened: too many files are open',
    remedy: 'Close other work or raise the limit of open files.',
  },
  ENOMEM: {
    code: 'host_fault',
    problem: 'could not be read: the host is out of memory',
    remedy: 'Close other programs, then try again.',
  },
  EIO: {
    code: 'host_fault',
    problem: 'could not be read: the device reports an input/output error',
    remedy: 'Check the disk that holds the file.',
  },
  ENXIO: {
    code: 'invalid',
    problem: 'is a device or socket that does not answer',
    remedy: 'Name an image file, or see that a disk is in the device.',
  },
  EINVAL: { code: 'invalid', problem: 'can not be read as a file', remedy: 'Name an image file or a block device.' },
};

const otherwise: Meaning = {
  code: 'host_fault',
  problem: 'could not be read',
  remedy: 'Check the disk or the network share that holds the file, then try again.',
};
const impossible: Meaning = { code: 'invalid', problem: 'is not a possible path', remedy: 'Check the path.' };

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the operating system said about a file, as a Fault that names the file; a Fault is passed on as it is. */
export function fileFault(error: unknown, path: string): Fault {
  if (error instanceof Fault) return error;
  const systemCode = errorCode(error);
  // Node refuses a path with a NUL character before the system sees it.
  const nul = systemCode === 'ERR_INVALID_ARG_VALUE';
  const meaning = nul ? impossible : (meanings[systemCode ?? ''] ?? otherwise);
  return new Fault(meaning.code, `"${path}" ${meaning.problem}.`, {
    remedy: meaning.remedy,
    data: { path, systemCode },
    cause: error,
  });
}
