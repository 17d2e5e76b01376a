import type { FileSystem } from '../volumes/file-system.ts';
import { programArchitecture } from './architecture.ts';
import type { Clue } from './clue.ts';
import { parseSettings } from './parse-settings.ts';

const releaseFiles = ['/etc/os-release', '/usr/lib/os-release', '/lib/os-release', '/os-release'];
// Programs that a system can hardly lack, for the processor that they are made for.
const programs = ['/bin/sh', '/sbin/init', '/usr/bin/env', '/bin/busybox', '/usr/lib/systemd/systemd'];
const kernelFolders = ['/boot', '/'];
const kernelName = /^(vmlinuz|vmlinux|bzimage|linux-image|kernel-|Image-)/i;
const linuxFileSystems = new Set(['ext2', 'ext3', 'ext4']);

/** What a file system says about a Linux or another POSIX system on it: os-release, kernels, programs. */
export async function findLinux(
  files: FileSystem,
  where: string,
  fileSystem: string,
  signal?: AbortSignal,
): Promise<Clue[]> {
  if (!linuxFileSystems.has(fileSystem)) return [];
  const clues: Clue[] = [];
  for (const path of releaseFiles) {
    const text = (await files.readFile(path, 16 * 1024, signal))?.toString('utf8');
    if (text === undefined) continue;
    clues.push({ strength: 3, family: 'linux', name: releaseName(text), evidence: `${path} on ${where}` });
    break;
  }
  for (const path of clues.length > 0 ? programs : []) {
    const head = await files.readFile(path, 1024, signal);
    const architecture = head && programArchitecture(head);
    if (!architecture) continue;
    clues.push({ strength: 3, architecture, evidence: `${path} on ${where} is a program for ${architecture}` });
    break;
  }
  if (clues.length > 0) clues.push(...(await findDisplayManager(files, where, signal)));
  return [...clues, ...(await findKernels(files, where, signal))];
}

/** PRETTY_NAME of an os-release file, else NAME with VERSION. */
export function releaseName(text: string): string | undefined {
  const values = parseSettings(text);
  const pretty = values.get('PRETTY_NAME');
  if (pretty) return pretty;
  const name = values.get('NAME');
  const version = values.get('VERSION');
  return name && version ? `${name} ${version}` : name;
}

// Debian and its kin name the program there; systemd starts what this link leads to.
const managerFile = '/etc/X11/default-display-manager';
const unitFolder = '/etc/systemd/system';
const managerUnit = 'display-manager.service';

/** The program that shows a graphical login, where one is set up to start. */
async function findDisplayManager(files: FileSystem, where: string, signal?: AbortSignal): Promise<Clue[]> {
  const named = (await files.readFile(managerFile, 4096, signal))?.toString('utf8').trim();
  const name = named?.split('\n')[0]?.split('/').at(-1);
  if (name) return [{ strength: 3, displayManager: name, evidence: `${managerFile} on ${where}` }];
  const units = (await files.list(unitFolder, signal)) ?? [];
  if (!units.some(unit => unit.name === managerUnit)) return [];
  return [{ strength: 2, displayManager: managerUnit, evidence: `${unitFolder}/${managerUnit} on ${where}` }];
}

async function findKernels(files: FileSystem, where: string, signal?: AbortSignal): Promise<Clue[]> {
  for (const folder of kernelFolders) {
    const entries = (await files.list(folder, signal)) ?? [];
    const kernels = entries.filter(entry => !entry.isFolder && kernelName.test(entry.name)).slice(0, 16);
    const clues: Clue[] = [];
    for (const { name } of kernels) {
      const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
      const head = await files.readFile(path, 4096, signal);
      const architecture = head && programArchitecture(head);
      clues.push({ strength: 2, family: 'linux', architecture, evidence: `kernel ${path} on ${where}` });
    }
    if (clues.length > 0) return clues;
  }
  return [];
}
