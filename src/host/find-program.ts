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
  const { join } = platform === 'win32' ? path.win32 : path.posix;
  // Windows spells the variable "Path", and a copied environment is no longer blind to case.
  const key = Object.keys(environment).find(candidate => candidate.toUpperCase() === 'PATH');
  const value = key ? (environment[key] ?? '') : '';
  const searched = (platform === 'win32' ? splitWindowsPath(value) : value.split(path.posix.delimiter)).filter(folder =>
    isWholePath(folder, platform),
  );
  // Not the other suffixes of PATHEXT: they are scripts, and a script is run by a shell, which takes values for code.
  const file = platform === 'win32' && !/\.exe$/i.test(name) ? `${name}.exe` : name;
  for (const folder of [...searched, ...folders]) {
    const candidate = join(folder, file);
    if (await isProgram(candidate)) return candidate;
  }
  return undefined;
}

/** Quotes keep a semicolon in the name of a folder, and are no part of it. */
function splitWindowsPath(value: string): string[] {
  return (value.match(/("[^"]*"|[^;"])+/g) ?? []).map(folder => folder.replaceAll('"', ''));
}

/** A folder that depends on where this process was started is no place for programs: others may fill it. */
function isWholePath(folder: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' ? /^([a-z]:[\\/]|[\\/]{2})/i.test(folder) : path.posix.isAbsolute(folder);
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
