import {
  findValue,
  type ReadRegistryKey,
  type ReadRegistryTree,
  readRegistryKey,
  readRegistryTree,
} from '../../host/windows/read-registry-key.ts';
import { listMsys2Folders } from './engine-places.ts';

/** How the registry is read: for tests. */
export interface RegistryReaders {
  readonly readKey: ReadRegistryKey;
  readonly readTree: ReadRegistryTree;
}

// The official installer notes its folder; it is a 32-bit program, some of whose keys Windows puts elsewhere.
const engineKeys = ['HKLM\\SOFTWARE\\qemu64', 'HKLM\\SOFTWARE\\WOW6432Node\\qemu64', 'HKLM\\SOFTWARE\\qemu'];
const uninstall = 'Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';

/** Folders that installers noted in the registry of Windows: of QEMU itself, and of MSYS2 wherever it was put. */
export async function findRegisteredPlaces(
  signal?: AbortSignal,
  { readKey, readTree }: RegistryReaders = { readKey: readRegistryKey, readTree: readRegistryTree },
): Promise<string[]> {
  const [keys, trees] = await Promise.all([
    Promise.all(engineKeys.map(key => readKey(key, signal))),
    Promise.all([readTree(`HKCU\\${uninstall}`, signal), readTree(`HKLM\\${uninstall}`, signal)]),
  ]);
  const engines = keys.map(key => findValue(key, 'Install_Dir'));
  const shells = trees.flat().filter(entry => /^MSYS2\b/i.test(String(findValue(entry, 'DisplayName') ?? '')));
  const roots = shells.map(entry => findValue(entry, 'InstallLocation'));
  return [...engines.filter(isPath), ...roots.filter(isPath).flatMap(listMsys2Folders)];
}

function isPath(value: string | number | undefined): value is string {
  return typeof value === 'string' && /^[a-z]:\\/i.test(value);
}
