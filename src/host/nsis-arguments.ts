import path from 'node:path';
import { Fault } from '../errors/fault.ts';

/**
 * The command line by which an installer made with NSIS installs silently into `folder`: `/S /D=C:\Some folder\qemu`. The
 * installer takes all that follows `/D=` up to the end of the line for the path, spaces and all, and a quotation mark
 * for a part of it; so these words have to be run with `verbatim`. Faults: `invalid`.
 */
export function getNsisArguments(folder: string): readonly [string, string] {
  const rest = folder.replace(/^[a-z]:/i, '');
  // NSIS removes such characters from the path, or cuts it there, and would install elsewhere without a word.
  const isSpoilt = /[\u0000-\u001f"<>|?*:]/.test(rest) || /[ .]([\\/]|$)/.test(rest) || folder.length > 240;
  if (!path.win32.isAbsolute(folder) || isSpoilt) {
    throw new Fault('invalid', `The installer cannot be told to use the folder ${JSON.stringify(folder)}.`, {
      remedy: 'Set VMBRIDGE_HOME to a plain absolute path, such as C:\\vmbridge.',
      data: { folder },
    });
  }
  return ['/S', `/D=${folder}`];
}
