import type { FileContent, FileItem, FileSystem } from './file-system.ts';
import { KnownFolders } from './known-folders.ts';
import { splitPath } from './split-path.ts';

export interface FileSystemRules {
  /** Names are compared without regard to case. */
  readonly ignoresCase: boolean;
  /** Links are paths with "/", to be followed inside of the file system. */
  readonly followsLinks: boolean;
  /** "\" separates names as "/" does, since no name can have it. */
  readonly hasBackslashes?: boolean | undefined;
  readonly notes?: readonly string[] | undefined;
}

const mostLinks = 16;
const mostSteps = 1024;

/** A file system by its root folder: walks along paths. */
export function makeFileSystem(
  openRoot: (signal?: AbortSignal) => Promise<FileItem>,
  rules: FileSystemRules,
): FileSystem {
  const folders = new KnownFolders(rules.ignoresCase);
  const split = (path: string) => splitPath(rules.hasBackslashes ? path.replaceAll('\\', '/') : path);
  let root: FileItem | undefined;
  const walk = async (path: string, isPatient: boolean, signal?: AbortSignal): Promise<FileItem | undefined> => {
    root ??= await openRoot(signal);
    return await walkPath({ root, folders, isPatient, followsLinks: rules.followsLinks }, split(path), signal);
  };
  const openFile = async (path: string, signal?: AbortSignal): Promise<FileContent | undefined> => {
    const item = await walk(path, false, signal);
    return item?.kind === 'file' ? await item.content?.(signal) : undefined;
  };
  return {
    notes: rules.notes ?? [],
    split,
    openFile,
    find: (path, signal) => walk(path, true, signal),
    async list(path, signal) {
      const item = await walk(path, false, signal);
      return item?.kind === 'folder' && item.entries ? await folders.list(item, signal) : undefined;
    },
    async readFile(path, most, signal) {
      const content = await openFile(path, signal);
      return await content?.read(0, Math.min(content.size, most), signal);
    },
  };
}

interface Walk {
  readonly root: FileItem;
  readonly folders: KnownFolders;
  readonly isPatient: boolean;
  readonly followsLinks: boolean;
}

/** The item at a path, links followed; undefined when there is none, or links lead in a circle. */
async function walkPath(walk: Walk, path: readonly string[], signal?: AbortSignal): Promise<FileItem | undefined> {
  // Names still to walk, the next one last, and the items walked through, so that ".." leads back.
  const names = path.toReversed();
  let stack = [walk.root];
  let links = 0;
  for (let step = 0; step < mostSteps; step++) {
    const name = names.pop();
    const folder = stack.at(-1);
    if (name === undefined) return folder;
    if (folder?.kind !== 'folder') return undefined;
    if (name === '..') {
      stack = stack.slice(0, Math.max(1, stack.length - 1));
      continue;
    }
    const entry = await walk.folders.find(folder, name, walk.isPatient, signal);
    if (!entry) return undefined;
    const item = await entry.open(signal);
    if (item.kind !== 'link' || !walk.followsLinks || item.target === undefined) {
      stack.push(item);
      continue;
    }
    links++;
    if (links > mostLinks) return undefined;
    if (item.target.startsWith('/')) stack = stack.slice(0, 1);
    names.push(...splitPath(item.target).reverse());
  }
  return undefined;
}
