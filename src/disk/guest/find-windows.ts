import type { ByteReader } from '../source/byte-reader.ts';
import type { FileSystem } from '../volumes/file-system.ts';
import { type NtfsFileSystem, openNtfs } from '../volumes/ntfs/open-ntfs.ts';
import { type Architecture, programArchitecture } from './architecture.ts';
import type { Clue } from './clue.ts';
import { openRegistry } from './open-registry.ts';

const kernel = '/Windows/System32/ntoskrnl.exe';
const hive = '/Windows/System32/config/SOFTWARE';
const versionKey = 'Microsoft\\Windows NT\\CurrentVersion';
const loaders = ['/bootmgr', '/ntldr', '/Boot/BCD'];

/** What an NTFS volume says about a Windows on it: its kernel, the version in its registry, its boot loader. */
export async function findWindows(volume: ByteReader, where: string, signal?: AbortSignal): Promise<Clue[]> {
  const files = await openNtfs(volume, signal);
  const clues: Clue[] = [];
  const head = await files.readFile(kernel, 4096, signal);
  if (head !== undefined || (await isThere(files, '/Windows/System32', 'ntoskrnl.exe', signal))) {
    const architecture: Architecture | undefined = head && programArchitecture(head);
    clues.push({ strength: 2, family: 'windows', architecture, evidence: `${kernel} on ${where}` });
    clues.push(...(await readVersion(files, where, signal)));
  }
  for (const path of loaders) {
    const cut = path.lastIndexOf('/');
    if (await isThere(files, path.slice(0, cut), path.slice(cut + 1), signal)) {
      clues.push({ strength: 2, family: 'windows', evidence: `${path} on ${where}` });
    }
  }
  return clues;
}

async function isThere(files: FileSystem, folder: string, name: string, signal?: AbortSignal): Promise<boolean> {
  const entries = (await files.list(folder === '' ? '/' : folder, signal)) ?? [];
  return entries.some(entry => entry.name.toLowerCase() === name.toLowerCase());
}

async function readVersion(files: NtfsFileSystem, where: string, signal?: AbortSignal): Promise<Clue[]> {
  const file = await files.openFile(hive, signal);
  if (!file) return [];
  const registry = await openRegistry(file, signal);
  const text = async (name: string) => await registry.readText(versionKey, name, signal);
  const product = await text('ProductName');
  if (product === undefined) return [];
  const build = await text('CurrentBuildNumber');
  const release = (await text('DisplayVersion')) ?? (await text('ReleaseId'));
  return [
    {
      strength: 3,
      family: 'windows',
      name: windowsName(product, build, release),
      evidence: `${hive} on ${where} names ${product}${build === undefined ? '' : `, build ${build}`}`,
    },
  ];
}

function windowsName(product: string, build: string | undefined, release: string | undefined): string {
  // Windows 11 still calls itself Windows 10 here; its builds begin at 22000.
  const isEleven = Number(build ?? 0) >= 22000 && product.startsWith('Windows 10');
  const name = isEleven ? product.replace('Windows 10', 'Windows 11') : product;
  const details = [release, build === undefined ? undefined : `build ${build}`].filter(part => part !== undefined);
  return details.length === 0 ? name : `${name} (${details.join(', ')})`;
}
