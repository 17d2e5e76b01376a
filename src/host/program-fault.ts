import { escapeControls } from '../errors/escape.ts';
import { Fault, type FaultCode } from '../errors/fault.ts';

const codes: Readonly<Record<string, FaultCode>> = {
  ENOENT: 'unavailable',
  EACCES: 'denied',
  EPERM: 'denied',
  ENOEXEC: 'unavailable',
  UNKNOWN: 'unavailable',
  E2BIG: 'invalid',
  ENAMETOOLONG: 'invalid',
  ERR_INVALID_ARG_VALUE: 'invalid',
  EAGAIN: 'host_fault',
  EMFILE: 'host_fault',
  ENFILE: 'host_fault',
  ENOMEM: 'host_fault',
};

/** Refuses what no system can hand to a program. */
export function checkArguments(file: string, args: readonly string[]): void {
  if (![file, ...args].some(word => word.includes('\0'))) return;
  throw new Fault('invalid', `The program ${escapeControls(file)} cannot be given a zero character.`, {
    data: { file, args },
  });
}

/** The Fault for a program that could not be started; `code` is what the system said, e.g. `ENOENT`. */
export function createProgramFault(file: string, code: string | undefined, cause: unknown): Fault {
  return new Fault(
    codes[code ?? ''] ?? 'failed',
    `The program ${file} could not be started${code ? ` (${code})` : ''}.`,
    {
      remedy: code === 'ENOENT' ? `Install it, or correct its path: ${file}` : undefined,
      data: { file, systemCode: code },
      cause,
    },
  );
}
