import type { FileItem, FolderEntry } from '../../../src/disk/volumes/file-system.ts';
import { bytesContent, type Place, placedContent } from '../../../src/disk/volumes/placed-content.ts';
import { memory } from './memory-volume.ts';

let lastId = 1000;

/** Files and folders that no real file system could hold. */
export function makeFile(text: string, changes: Partial<FileItem> = {}): FileItem {
  const bytes = Buffer.from(text);
  const content = async () => bytesContent('made', 'made file', bytes, bytes.length);
  return { kind: 'file', id: lastId++, size: bytes.length, content, ...changes };
}

/** A file of which a part of every `every` bytes, `data` long, is there. */
export function makeSparse(size: number, data: number, every: number): FileItem {
  const locate = (offset: number): Place => {
    const within = offset % every;
    return within < data ? { at: 0, length: data - within } : { at: undefined, length: every - within };
  };
  const volume = memory(Buffer.alloc(data, 'data'));
  const placed = placedContent(volume, { structure: 'made file', size, locate });
  return {
    ...makeFile(''),
    size,
    // Every piece of it is the same one.
    content: async () => ({ ...placed, mostData: size }),
  };
}

export function makeEntry(name: string, item: FileItem | (() => FileItem)): FolderEntry {
  return { name, isFolder: false, open: async () => (typeof item === 'function' ? item() : item) };
}

export function makeFolder(entries: Iterable<FolderEntry>, changes: Partial<FileItem> = {}): FileItem {
  return {
    kind: 'folder',
    id: lastId++,
    size: 0,
    async *entries() {
      yield* entries;
    },
    ...changes,
  };
}
