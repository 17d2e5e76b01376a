import { homedir } from 'node:os';
import path from 'node:path';

/** Absolute paths of everything that vmbridge keeps. Nothing is created by asking. */
export interface Paths {
  readonly configuration: string;
  /** Records of operations and machines, and the default place of evidence. */
  readonly state: string;
  readonly logs: string;
  /** What may be deleted at any time, such as remembered accelerator trials. */
  readonly cache: string;
  /** Run folders of live machines. Kept short: it holds sockets, whose paths are limited to about 100 bytes. */
  readonly run: string;
  /** A QEMU that was installed for vmbridge alone; the program lies directly in it. */
  readonly engine: string;
  /** Driver discs for guests. */
  readonly drivers: string;
}

/**
 * `VMBRIDGE_HOME` moves all of it below one folder. Else `%APPDATA%`/`%LOCALAPPDATA%` on Windows and the XDG base
 * directories elsewhere (https://specifications.freedesktop.org/basedir-spec).
 */
export function findPaths(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Paths {
  const home = environment.VMBRIDGE_HOME;
  if (home) return belowHome(path.resolve(home));
  return platform === 'win32' ? windowsPaths(environment) : xdgPaths(environment);
}

function belowHome(home: string): Paths {
  return {
    configuration: path.join(home, 'config.json'),
    state: path.join(home, 'state'),
    logs: path.join(home, 'logs'),
    cache: path.join(home, 'cache'),
    run: path.join(home, 'run'),
    engine: path.join(home, 'engine'),
    drivers: path.join(home, 'drivers'),
  };
}

function windowsPaths(environment: NodeJS.ProcessEnv): Paths {
  const { win32 } = path;
  // Windows does not care for case, and a copied environment is no longer blind to it.
  const read = (name: string) => environment[Object.keys(environment).find(key => key.toUpperCase() === name) ?? name];
  const roaming = read('APPDATA') || win32.join(homedir(), 'AppData', 'Roaming');
  const local = read('LOCALAPPDATA') || win32.join(homedir(), 'AppData', 'Local');
  return {
    configuration: win32.join(roaming, 'vmbridge', 'config.json'),
    state: win32.join(local, 'vmbridge', 'state'),
    logs: win32.join(local, 'vmbridge', 'logs'),
    cache: win32.join(local, 'vmbridge', 'cache'),
    run: win32.join(local, 'vmbridge', 'run'),
    engine: win32.join(local, 'vmbridge', 'engine'),
    drivers: win32.join(local, 'vmbridge', 'drivers'),
  };
}

function xdgPaths(environment: NodeJS.ProcessEnv): Paths {
  const { posix } = path;
  // The specification: a relative path in one of these variables is invalid and is to be ignored.
  const base = (variable: string, fallback: string): string => {
    const value = environment[variable];
    return posix.join(value?.startsWith('/') ? value : posix.join(homedir(), fallback), 'vmbridge');
  };
  const state = base('XDG_STATE_HOME', '.local/state');
  const data = base('XDG_DATA_HOME', '.local/share');
  return {
    configuration: posix.join(base('XDG_CONFIG_HOME', '.config'), 'config.json'),
    state,
    logs: posix.join(state, 'logs'),
    cache: base('XDG_CACHE_HOME', '.cache'),
    run: posix.join(state, 'run'),
    engine: posix.join(data, 'engine'),
    drivers: posix.join(data, 'drivers'),
  };
}
