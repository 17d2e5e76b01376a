import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

export interface ProgramPlaces {
  readonly platform?: NodeJS.Platform;
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  /** Folders to look into after the search path. */
  readonly folders?: readonly string[];
}

/** The path of a program, given by name without suffix, from the search path and then from `folders`. */
export async function findProgram(name: string, places: ProgramPlaces = {}): Promise<string | undefined> {
  const { platform = process.platform, environment = process.env, folders = [] } = places;
  const { delimiter, join } = platform === 'win32' ? path.win32 : path.posix;
  // Windows spells the variable "Path", and a copied environment is no longer blind to case.
  const key = Object.keys(environment).find(candidate => candidate.toUpperCase() === 'PATH');
  const searched = (key ? (environment[key] ?? '') : '')
    .split(delimiter)
    .map(folder => folder.replace(/^"(.*)"$/, '$1'))
    .filter(folder => folder !== '');
  const file = platform === 'win32' ? `${name}.exe` : name;
  for (const folder of [...searched, ...folders]) {
    const candidate = join(folder, file);
    if (await isProgram(candidate)) return candidate;
  }
  return undefined;
}

/** Whether this path is a file that this user may run. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
