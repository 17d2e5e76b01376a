import path from 'node:path';

/** Folders where QEMU usually lies without being on the search path, best first. */
export function listEnginePlaces(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  if (platform === 'win32') return listWindowsPlaces(environment);
  if (platform === 'darwin') return ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
  return ['/usr/bin', '/usr/local/bin', '/run/current-system/sw/bin', '/home/linuxbrew/.linuxbrew/bin'];
}

function listWindowsPlaces(environment: Readonly<Record<string, string | undefined>>): string[] {
  const values = new Map(Object.entries(environment).map(([name, value]) => [name.toUpperCase(), value]));
  const below = (variable: string, ...names: string[]) => {
    const folder = values.get(variable);
    return folder ? [path.win32.join(folder, ...names)] : [];
  };
  const drive = values.get('SYSTEMDRIVE') || 'C:';
  const msys2 = ['ucrt64', 'mingw64', 'clang64'].map(kind => path.win32.join(`${drive}\\`, 'msys64', kind, 'bin'));
  const places = [
    ...below('PROGRAMW6432', 'qemu'),
    ...below('PROGRAMFILES', 'qemu'),
    ...below('PROGRAMFILES(X86)', 'qemu'),
    ...below('LOCALAPPDATA', 'Programs', 'qemu'),
    ...below('SCOOP', 'apps', 'qemu', 'current'),
    ...below('USERPROFILE', 'scoop', 'apps', 'qemu', 'current'),
    ...below('SCOOP_GLOBAL', 'apps', 'qemu', 'current'),
    ...below('PROGRAMDATA', 'scoop', 'apps', 'qemu', 'current'),
    ...below('CHOCOLATEYINSTALL', 'lib', 'qemu', 'tools'),
    ...below('PROGRAMDATA', 'chocolatey', 'lib', 'qemu', 'tools'),
    ...msys2,
  ];
  return [...new Set(places)];
}
