import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../scripts/setup/places.mjs';

const run = promisify(execFile);
const programs = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'];

export const wineProgram = programs.find(file => existsSync(file));
/** Drive C: and the registry of the Windows that tests run in. */
export const prefixFolder = path.join(cacheFolder, 'wine-prefix');

export function wineEnvironment(prefix = prefixFolder): NodeJS.ProcessEnv {
  const { PATH, HOME, USER } = process.env;
  return {
    ...{ PATH, HOME, USER },
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    // Neither .NET nor a browser is needed, and the menus of a desktop are left alone.
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
    LC_ALL: 'C.UTF-8',
  };
}

/** Makes the prefix unless it is there; it says that it is Windows 10, as Node refuses older ones. */
export async function ensureWinePrefix(wine: string): Promise<void> {
  if (existsSync(path.join(prefixFolder, 'ready'))) return;
  const draft = `${prefixFolder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await rm(prefixFolder, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const options = { env: wineEnvironment(draft), timeout: 180_000 };
  await run(wine, ['wineboot', '--init'], options);
  await run(wine, ['winecfg', '-v', 'win10'], options);
  await stopWineServer(draft, '-w');
  await writeFile(path.join(draft, 'ready'), '');
  await rename(draft, prefixFolder);
}

/** `-w` waits until everything in the prefix has ended by itself, `-k` ends it. */
export async function stopWineServer(prefix: string, how: '-w' | '-k'): Promise<void> {
  const server = ['/usr/lib/wine/wineserver64', '/usr/lib/wine/wineserver', '/usr/bin/wineserver'].find(existsSync);
  // It exits with 1 when there was nothing to end.
  await run(server ?? 'wineserver', [how], { env: wineEnvironment(prefix), timeout: 60_000 }).catch(() => {});
}
