import type { ByteReader } from '../../source/byte-reader.ts';
import type { FileContent } from '../file-system.ts';
import { bytesContent, placedContent } from '../placed-content.ts';
import { findMappedRun } from './block-map.ts';
import { findExtent } from './extent-tree.ts';
import { inlineContent } from './inline-content.ts';
import type { ExtInode } from './read-inode.ts';
import type { ExtSuperblock } from './read-superblock.ts';

/** The content of an inode: of a file, the entries of a folder or the target of a link. */
export function openExtContent(volume: ByteReader, superblock: ExtSuperblock, inode: ExtInode): FileContent {
  if (inode.isInline) return bytesContent(volume.path, 'ext inode', inlineContent(inode), inode.size);
  const { blockSize } = superblock;
  const findRun = inode.usesExtents ? findExtent : findMappedRun;
  return placedContent(volume, {
    structure: 'ext block',
    size: inode.size,
    async locate(offset, signal) {
      const within = offset % blockSize;
      const { start, blocks } = await findRun(volume, superblock, inode, Math.floor(offset / blockSize), signal);
      return { at: start === 0 ? undefined : start * blockSize + within, length: blocks * blockSize - within };
    },
  });
}
