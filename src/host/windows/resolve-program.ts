import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { findProgram, isProgram } from '../find-program.ts';
import { createProgramFault } from '../program-fault.ts';

/**
 * The whole path of a program of Windows, found here since nobody else does it safely: Windows and the libraries that start
 * programs look into the working folder first, and hand what they do not find, and scripts, to the command interpreter,
 * which takes parts of arguments for code. Faults: `unavailable`, and `invalid` for a script.
 */
export async function resolveProgram(file: string): Promise<string> {
  const isName = !/[\\/:]/.test(file);
  const found = isName ? await findProgram(file, { platform: 'win32' }) : path.win32.resolve(file);
  if (found === undefined || !(await isProgram(found))) throw createProgramFault(file, 'ENOENT', undefined);
  if (/\.(exe|com)$/i.test(found)) return found;
  throw new Fault('invalid', `The file ${file} is not a program of Windows: its name does not end in .exe.`, {
    remedy: 'Give the path of the program itself, not that of a script.',
    data: { file },
  });
}
