import type { FileSystem } from '../volumes/file-system.ts';
import type { Clue } from './clue.ts';
import { releaseName } from './find-linux.ts';
import { parseSettings } from './parse-settings.ts';

// "CCCOMA_X64FRE_EN-US_DV9", "SSS_X64FREE_EN-US_DV9", "CPBA_A64FRE_DE-DE_DV5": the labels of Windows set-up discs.
const windowsLabel = /_(X64|X86|A64)FREE?[A-Z]?_/i;
const windowsProcessors = { X64: 'x86_64', X86: 'x86', A64: 'aarch64' } as const;
const linuxFolders = new Set([
  'casper',
  'live',
  'isolinux',
  'liveos',
  'arch',
  'dists',
  'install.amd',
  'pool',
  'repodata',
]);

/** What an optical disc says about the system on it: its label, the notes that its makers leave, its folders. */
export async function findDiscClues(
  files: FileSystem | undefined,
  label: string | undefined,
  signal?: AbortSignal,
): Promise<Clue[]> {
  const clues = label === undefined ? [] : labelClues(label);
  if (!files) return clues;
  const root = (await files.list('/', signal)) ?? [];
  const names = new Set(root.map(entry => entry.name.toLowerCase()));
  if (names.has('bootmgr') || (names.has('sources') && names.has('setup.exe'))) {
    clues.push({ strength: 2, family: 'windows', evidence: 'Windows set-up files on the disc' });
  }
  const info = (await files.readFile('/.disk/info', 1024, signal))?.toString('utf8').trim();
  if (info)
    clues.push({
      strength: 3,
      family: 'linux',
      name: info,
      architecture: namedProcessor(info),
      evidence: '/.disk/info on the disc',
    });
  const tree = (await files.readFile('/.treeinfo', 16 * 1024, signal))?.toString('utf8');
  if (tree !== undefined) clues.push(treeClue(tree));
  const release = (await files.readFile('/etc/os-release', 16 * 1024, signal))?.toString('utf8');
  if (release !== undefined) {
    clues.push({ strength: 3, family: 'linux', name: releaseName(release), evidence: '/etc/os-release on the disc' });
  }
  const folder = root.find(entry => entry.isFolder && linuxFolders.has(entry.name.toLowerCase()));
  if (folder) clues.push({ strength: 1, family: 'linux', evidence: `folder /${folder.name} on the disc` });
  return clues;
}

function labelClues(label: string): Clue[] {
  const [, rawProcessor] = windowsLabel.exec(label) ?? [];
  const evidence = `volume label "${label}"`;
  if (rawProcessor === undefined) return [{ strength: 1, evidence }];
  const key = rawProcessor.toUpperCase();
  const architecture = key === 'X64' || key === 'X86' || key === 'A64' ? windowsProcessors[key] : undefined;
  return [{ strength: 2, family: 'windows', architecture, evidence }];
}

/** Fedora and its kin keep name, version and processor in an INI file. */
function treeClue(text: string): Clue {
  const values = parseSettings(text);
  const value = (key: string) => values.get(key);
  const family = value('family');
  const version = value('version');
  return {
    strength: 3,
    family: 'linux',
    name: family && version ? `${family} ${version}` : value('name'),
    architecture: namedProcessor(value('arch') ?? ''),
    evidence: '/.treeinfo on the disc',
  };
}

function namedProcessor(text: string): Clue['architecture'] {
  if (/\b(amd64|x86_64|x64)\b/i.test(text)) return 'x86_64';
  if (/\b(arm64|aarch64)\b/i.test(text)) return 'aarch64';
  return /\b(i[3-6]86|x86)\b/i.test(text) ? 'x86' : undefined;
}
