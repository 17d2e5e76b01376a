import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../../host/find-program.ts';

/** The system to install on, as the choice of a way asks about it. */
export interface InstallHost {
  readonly platform: NodeJS.Platform;
  /** Root on systems that have one. */
  readonly administrator: boolean;
  /** The text of /etc/os-release; empty elsewhere. */
  readonly osRelease: string;
  /** The path of a program, by its name without suffix. */
  findProgram(name: string): Promise<string | undefined>;
}

export async function describeInstallHost(): Promise<InstallHost> {
  const { platform } = process;
  return {
    platform,
    administrator: process.getuid?.() === 0,
    osRelease: await readFile('/etc/os-release', 'utf8').catch(() => ''),
    findProgram: platform === 'win32' ? findWindowsProgram : name => findProgram(name, { folders: unixFolders }),
  };
}

const unixFolders = ['/usr/bin', '/usr/sbin', '/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

async function findWindowsProgram(name: string): Promise<string | undefined> {
  const { PROGRAMFILES, PROGRAMW6432, LOCALAPPDATA } = process.env;
  const places = [PROGRAMW6432, PROGRAMFILES].flatMap(folder => (folder ? [path.win32.join(folder, '7-Zip')] : []));
  const found = await findProgram(name, { folders: places });
  if (found !== undefined || !LOCALAPPDATA) return found;
  // Programs from the Store, such as winget, are aliases that can be started and listed, but not opened or followed.
  const alias = path.win32.join(LOCALAPPDATA, 'Microsoft', 'WindowsApps', `${name}.exe`);
  return lstat(alias).then(
    () => alias,
    () => undefined,
  );
}
