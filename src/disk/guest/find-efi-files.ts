import type { FileSystem } from '../volumes/file-system.ts';
import { type Architecture, programArchitecture } from './architecture.ts';

export interface EfiFile {
  readonly path: string;
  readonly architecture: Architecture;
}

const deepest = 4;
const mostFiles = 256;
const mostFolders = 64;
// A PE header stands in the first KiB of every EFI program seen; some have a longer DOS stub.
const headSize = 4096;

/** All programs (*.EFI) under /EFI, sorted by path, at most four folders deep and 256 in number. */
export async function findEfiFiles(files: FileSystem, signal?: AbortSignal): Promise<EfiFile[]> {
  const top = (await files.list('/', signal))?.find(entry => entry.isFolder && entry.name.toLowerCase() === 'efi');
  if (!top) return [];
  const found: EfiFile[] = [];
  const waiting = [{ path: `/${top.name}`, depth: 1 }];
  for (let visited = 0; waiting.length > 0 && visited < mostFolders; visited++) {
    const folder = waiting.shift();
    if (!folder) break;
    for (const entry of (await files.list(folder.path, signal)) ?? []) {
      const path = `${folder.path}/${entry.name}`;
      if (entry.isFolder && folder.depth < deepest && visited + waiting.length < mostFolders)
        waiting.push({ path, depth: folder.depth + 1 });
      if (entry.isFolder || !entry.name.toLowerCase().endsWith('.efi') || found.length >= mostFiles) continue;
      const head = await files.readFile(path, headSize, signal);
      found.push({ path, architecture: (head && programArchitecture(head)) ?? 'unknown' });
    }
  }
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}
