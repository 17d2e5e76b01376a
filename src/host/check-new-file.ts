import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault, type FaultCode } from '../errors/fault.ts';

/**
 * The absolute path of a file that is to be made. Faults, with `field` in `data`: `conflict` when something is there, be it
 * a link that leads nowhere; `not_found` without its folder; `invalid` when it can be no file's name; `denied`.
 */
export async function checkNewFile(
  raw: string,
  field: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string> {
  const target = path.resolve(raw);
  const name = path.basename(target);
  const isFolderName = platform === 'win32' ? /[/\\]$/.test(raw) : raw.endsWith('/');
  if (name === '' || isFolderName || isReserved(name, platform)) {
    throw fault('invalid', `"${raw}" can not be the name of a file.`, field, target, 'Name a file.');
  }
  const folder = path.dirname(target);
  const parent = await look(stat, folder, field);
  if (parent === undefined) {
    throw fault('not_found', `The folder ${folder}, where the file is to be made, does not exist.`, field, folder);
  }
  if (!parent.isDirectory()) throw fault('invalid', `${folder} is not a folder.`, field, folder);
  const found = await look(lstat, target, field);
  if (found === undefined) return target;
  throw fault('conflict', `There is ${nameKind(found)} at ${target} already; it was left as it is.`, field, target);
}

async function look(how: typeof lstat, place: string, field: string): Promise<Stats | undefined> {
  try {
    return await how(place);
  } catch (error) {
    const systemCode = error instanceof Error && 'code' in error ? error.code : undefined;
    if (systemCode === 'ENOENT' || systemCode === 'ENOTDIR') return undefined;
    const denied = systemCode === 'EACCES' || systemCode === 'EPERM';
    const message = denied ? `This user may not look at ${place}.` : `${place} can not be a place for a file.`;
    const remedy = denied ? `Choose a "${field}" in a folder of your own.` : `Correct "${field}".`;
    const data = { field, path: place, systemCode };
    throw new Fault(denied ? 'denied' : 'invalid', message, { remedy, data, cause: error });
  }
}

function fault(code: FaultCode, message: string, field: string, place: string, remedy?: string): Fault {
  const remedies = {
    not_found: `Make the folder first, or correct "${field}".`,
    conflict: `Choose another "${field}".`,
  };
  const usual = code === 'not_found' || code === 'conflict' ? remedies[code] : `Correct "${field}".`;
  return new Fault(code, message, { remedy: remedy ?? usual, data: { field, path: place } });
}

function nameKind(found: Stats): string {
  if (found.isSymbolicLink()) return 'a symbolic link';
  if (found.isDirectory()) return 'a folder';
  if (found.isFile()) return 'a file';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

// https://learn.microsoft.com/windows/win32/fileio/naming-a-file: devices with any suffix, a colon for a hidden stream, and
// dots and spaces at the end, which Windows drops, so that the file would have another name than asked for.
function isReserved(name: string, platform: NodeJS.Platform): boolean {
  if (platform !== 'win32') return false;
  const isDevice = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i.test(name);
  return isDevice || /[<>:"|?*]|[. ]$/.test(name) || [...name].some(character => character < ' ');
}
