import path from 'node:path';

/**
 * Where vmbridge itself puts QEMU: on Windows only, elsewhere the system's package manager has it. `VMBRIDGE_HOME` moves it
 * along with all the rest.
 */
export function getOwnEngineFolder(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (platform !== 'win32') return undefined;
  const values = new Map(Object.entries(environment).map(([name, value]) => [name.toUpperCase(), value]));
  const home = values.get('VMBRIDGE_HOME');
  if (home) return path.win32.join(home, 'engine');
  const local = values.get('LOCALAPPDATA');
  return local ? path.win32.join(local, 'vmbridge', 'engine') : undefined;
}
