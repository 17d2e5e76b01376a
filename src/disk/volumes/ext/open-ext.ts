import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import type { FileItem, FileSystem, FolderEntry } from '../file-system.ts';
import { makeFileSystem } from '../make-file-system.ts';
import { listExtFolder } from './list-folder.ts';
import { openExtContent } from './open-content.ts';
import { type ExtInode, readInode } from './read-inode.ts';
import { type ExtSuperblock, readExtSuperblock } from './read-superblock.ts';
import { replayJournal } from './replay-journal.ts';

const rootInode = 2;
const longestTarget = 4096;

/** Opens ext2, ext3 or ext4: symbolic links are followed inside of the file system, and its journal is replayed in memory. */
export async function openExt(volume: ByteReader, signal?: AbortSignal): Promise<FileSystem> {
  const before = await readExtSuperblock(volume, signal);
  const replayed = await replayJournal(volume, before, signal);
  const cached = cachePages(replayed.volume);
  // The journal may have a newer one.
  const superblock = await readExtSuperblock(cached, signal);
  const openRoot = (stop?: AbortSignal) => openInode(cached, superblock, rootInode, stop);
  return makeFileSystem(openRoot, { ignoresCase: false, followsLinks: true, notes: replayed.notes });
}

async function openInode(
  volume: ByteReader,
  superblock: ExtSuperblock,
  number: number,
  signal?: AbortSignal,
): Promise<FileItem> {
  const inode = await readInode(volume, superblock, number, signal);
  const { kind, modified } = inode;
  const obstacle = findObstacle(inode);
  const base = { kind, id: number, size: kind === 'folder' ? 0 : inode.size, modified, obstacle };
  if (obstacle !== undefined) return base;
  if (kind === 'folder') return { ...base, entries: signal => listFolder(volume, superblock, inode, signal) };
  if (kind === 'file') return { ...base, content: async () => openExtContent(volume, superblock, inode) };
  if (kind === 'link') return { ...base, target: await readTarget(volume, superblock, inode, signal) };
  return base;
}

async function* listFolder(
  volume: ByteReader,
  superblock: ExtSuperblock,
  inode: ExtInode,
  signal?: AbortSignal,
): AsyncGenerator<FolderEntry> {
  const content = openExtContent(volume, superblock, inode);
  for await (const { name, isFolder, inode: number } of listExtFolder(content, superblock, inode, signal)) {
    yield { name, isFolder, open: stop => openInode(volume, superblock, number, stop) };
  }
}

async function readTarget(
  volume: ByteReader,
  superblock: ExtSuperblock,
  inode: ExtInode,
  signal?: AbortSignal,
): Promise<string> {
  const content = openExtContent(volume, superblock, inode);
  return (await content.read(0, Math.min(content.size, longestTarget), signal)).toString('utf8');
}

function findObstacle({ isEncrypted, isCompressed, kind }: ExtInode): string | undefined {
  if (isEncrypted) return `The ${kind} is encrypted.`;
  return isCompressed ? `The ${kind} is compressed in a way that can not be read here.` : undefined;
}
