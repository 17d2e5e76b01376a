import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { LeastRecentCache } from '../../source/least-recent-cache.ts';
import type { FileSystem } from '../file-system.ts';
import { type ExtTree, findInode } from './find-inode.ts';
import { type ExtEntry, parseExtFolder } from './parse-folder.ts';
import { readExtContent } from './read-content.ts';
import { type ExtInode, readInode } from './read-inode.ts';
import { readExtSuperblock } from './read-superblock.ts';

const longestFolder = 1024 * 1024;
/** Parsed folders that are kept, as every look at a path walks through the same ones. */
const keptFolders = 8;

/** Opens ext2, ext3 or ext4: symbolic links are followed inside of the file system. A journal that waits for replay is ignored. */
export async function openExt(volume: ByteReader, signal?: AbortSignal): Promise<FileSystem> {
  const cached = cachePages(volume);
  const superblock = await readExtSuperblock(cached, signal);
  const kept = new LeastRecentCache<ExtEntry[]>(keptFolders);
  const contentOf = (inode: ExtInode, most: number, stop?: AbortSignal) =>
    readExtContent(cached, superblock, inode, Math.min(inode.size, most), stop);
  const tree: ExtTree = {
    inode: (number, stop) => readInode(cached, superblock, number, stop),
    linkTarget: async (inode, stop) => (await contentOf(inode, 4096, stop)).toString('utf8'),
    async entries(inode, stop) {
      const known = kept.get(inode.number);
      if (known) return known;
      const content = await contentOf(inode, longestFolder, stop);
      // A folder inside of its inode begins with the number of its parent.
      const entries = parseExtFolder(inode.isInline ? content.subarray(4) : content, superblock.hasFileTypes);
      kept.set(inode.number, entries);
      return entries;
    },
  };
  return {
    async list(path, stop) {
      const inode = await findInode(tree, path, stop);
      if (inode?.kind !== 'folder') return undefined;
      return (await tree.entries(inode, stop)).map(({ name, isFolder }) => ({ name, isFolder }));
    },
    async readFile(path, most, stop) {
      const inode = await findInode(tree, path, stop);
      return inode?.kind === 'file' ? await contentOf(inode, most, stop) : undefined;
    },
  };
}
