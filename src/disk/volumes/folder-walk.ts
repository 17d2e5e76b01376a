import { LeastRecentCache } from '../source/least-recent-cache.ts';
import type { FolderEntry } from './file-system.ts';
import { splitPath } from './split-path.ts';

export interface FolderWalk<Entry> {
  /** The entry at a path, names compared without regard to case; undefined when there is none. */
  find(path: string, signal?: AbortSignal): Promise<Entry | undefined>;
  /** The entries of the folder at a path; undefined when it is no folder. */
  list(path: string, signal?: AbortSignal): Promise<FolderEntry[] | undefined>;
}

/** Parsed folders that are kept, as every look at a path walks through the same ones. */
const keptFolders = 8;

/** Walks from folder to folder. `keyOf` tells folders apart, `read` gives the entries of one. */
export function makeFolderWalk<Entry extends FolderEntry>(
  root: Entry,
  keyOf: (folder: Entry) => number,
  read: (folder: Entry, signal?: AbortSignal) => Promise<Entry[]>,
): FolderWalk<Entry> {
  const kept = new LeastRecentCache<Entry[]>(keptFolders);
  const entriesOf = async (folder: Entry, signal?: AbortSignal): Promise<Entry[]> => {
    const entries = kept.get(keyOf(folder)) ?? (await read(folder, signal));
    kept.set(keyOf(folder), entries);
    return entries;
  };
  const find = async (path: string, signal?: AbortSignal): Promise<Entry | undefined> => {
    let entry: Entry | undefined = root;
    for (const name of splitPath(path)) {
      if (!entry?.isFolder) return undefined;
      const wanted = name.toLowerCase();
      entry = (await entriesOf(entry, signal)).find(each => each.name.toLowerCase() === wanted);
    }
    return entry;
  };
  return {
    find,
    async list(path, signal) {
      const entry = await find(path, signal);
      if (!entry?.isFolder) return undefined;
      return (await entriesOf(entry, signal)).map(({ name, isFolder }) => ({ name, isFolder }));
    },
  };
}
