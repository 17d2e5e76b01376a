import { readdir } from 'node:fs/promises';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folders where QEMU usually lies without being on the search path, best first. */
export function listEnginePlaces(platform: NodeJS.Platform, environment: Environment): string[] {
  if (platform === 'win32') return listWindowsPlaces(environment);
  if (platform === 'darwin') return ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
  return ['/usr/bin', '/usr/local/bin', '/run/current-system/sw/bin', '/home/linuxbrew/.linuxbrew/bin'];
}

function listWindowsPlaces(environment: Environment): string[] {
  const below = findFolders(environment);
  const drive = below('SYSTEMDRIVE', '\\')[0] ?? 'C:\\';
  const places = [
    ...below('PROGRAMW6432', 'qemu'),
    ...below('PROGRAMFILES', 'qemu'),
    ...below('PROGRAMFILES(X86)', 'qemu'),
    ...below('LOCALAPPDATA', 'Programs', 'qemu'),
    ...below('LOCALAPPDATA', 'Microsoft', 'WinGet', 'Links'),
    ...below('PROGRAMFILES', 'WinGet', 'Links'),
    ...below('SCOOP', 'apps', 'qemu', 'current'),
    ...below('USERPROFILE', 'scoop', 'apps', 'qemu', 'current'),
    ...below('SCOOP_GLOBAL', 'apps', 'qemu', 'current'),
    ...below('PROGRAMDATA', 'scoop', 'apps', 'qemu', 'current'),
    ...[...below('CHOCOLATEYINSTALL'), ...below('PROGRAMDATA', 'chocolatey')].flatMap(folder => [
      path.win32.join(folder, 'lib', 'qemu', 'tools'),
      path.win32.join(folder, 'lib', 'qemu', 'tools', 'qemu'),
      path.win32.join(folder, 'bin'),
    ]),
    // An MSYS2 shell says where it lies, in the way of Windows, to a program of Windows that it starts.
    ...[...below('MSYSTEM_PREFIX', 'bin'), ...below('MINGW_PREFIX', 'bin')].filter(folder =>
      path.win32.isAbsolute(folder),
    ),
    ...listMsys2Folders(path.win32.join(drive, 'msys64')),
  ];
  return [...new Set(places)];
}

/** The environments of MSYS2 that QEMU is built for. */
export function listMsys2Folders(root: string): string[] {
  return ['ucrt64', 'mingw64', 'clang64'].map(kind => path.win32.join(root, kind, 'bin'));
}

/**
 * Folders of winget's packages that have QEMU. Their names end in the source that they came from:
 * `SoftwareFreedomConservancy.QEMU_Microsoft.Winget.Source_8wekyb3d8bbwe`.
 */
export async function findWingetFolders(environment: Environment): Promise<string[]> {
  const below = findFolders(environment);
  const parents = [
    ...below('LOCALAPPDATA', 'Microsoft', 'WinGet', 'Packages'),
    ...below('PROGRAMFILES', 'WinGet', 'Packages'),
  ];
  const found = await Promise.all(
    parents.map(async parent => {
      const names = await readdir(parent).catch(() => []);
      const packages = names.filter(name => /^SoftwareFreedomConservancy\.QEMU_/i.test(name)).sort();
      return packages.flatMap(name => [path.join(parent, name), path.join(parent, name, 'qemu')]);
    }),
  );
  return found.flat();
}

/** Windows does not tell one spelling of a variable's name from another; a copied environment does. */
function findFolders(environment: Environment) {
  const values = new Map(Object.entries(environment).map(([name, value]) => [name.toUpperCase(), value]));
  return (variable: string, ...names: string[]): string[] => {
    const folder = values.get(variable);
    return folder ? [path.win32.join(folder, ...names)] : [];
  };
}
