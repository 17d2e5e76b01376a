import { invalidStructure } from '../../source/invalid-structure.ts';
import type { FileContent } from '../file-system.ts';
import type { ExtInode } from './read-inode.ts';
import type { ExtSuperblock } from './read-superblock.ts';

export interface ExtEntry {
  readonly name: string;
  readonly inode: number;
  readonly isFolder: boolean;
}

/** As large as a folder with an index of hashes becomes; some ten million names. */
const longestFolder = 2 ** 30;
const pieceSize = 64 * 1024;
/** A folder with more of them is not read to its end. */
const mostDamaged = 64;

/**
 * The entries of a folder, without "." and "..". An index of hashes looks like unused entries and is passed over. What is damaged is
 * told when all the rest has been listed.
 */
export async function* listExtFolder(
  content: FileContent,
  superblock: ExtSuperblock,
  inode: ExtInode,
  signal?: AbortSignal,
): AsyncGenerator<ExtEntry> {
  const fail = (problem: string, offset: number) =>
    invalidStructure(content.path, 'ext folder', offset, problem, { inode: inode.number });
  const { blockSize } = superblock;
  // A folder inside of its inode is one block, which begins with the number of its parent.
  const [first, block] = inode.isInline ? [4, Math.max(content.size - 4, 1)] : [0, blockSize];
  let problem = content.size > longestFolder ? fail('is of impossible size', 0) : undefined;
  let damaged = 0;
  const end = Math.min(content.size, longestFolder);
  for (let at = first; at < end && damaged < mostDamaged; ) {
    const stretch = await content.stretch(at, signal);
    if (stretch.isHole) {
      at += stretch.length;
      continue;
    }
    const bytes = await content.read(at, Math.min(Math.max(pieceSize, block), end - at), signal);
    for (let start = 0; start < bytes.length; start += block) {
      const part = bytes.subarray(start, start + block);
      const stop = yield* parseBlock(part, superblock.hasFileTypes);
      if (stop === part.length) continue;
      damaged++;
      problem ??= fail('has a damaged entry', at + start + stop);
    }
    at += bytes.length;
  }
  if (problem) throw problem;
}

/** The entries in one block of a folder; returns where the parsing ended. */
function* parseBlock(bytes: Buffer, hasFileTypes: boolean): Generator<ExtEntry, number> {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const inode = bytes.readUInt32LE(at);
    const rawLength = bytes.readUInt16LE(at + 4);
    // A block of 64 KiB is too long for the field.
    const length = rawLength === 0xffff || (rawLength === 0 && bytes.length === 65536) ? 65536 : rawLength;
    if (length < 8 || at + length > bytes.length) return at;
    const nameLength = hasFileTypes ? bytes.readUInt8(at + 6) : bytes.readUInt16LE(at + 6);
    if (inode !== 0) {
      if (nameLength === 0 || nameLength > length - 8) return at;
      const name = bytes.toString('utf8', at + 8, at + 8 + nameLength);
      const isFolder = hasFileTypes && bytes.readUInt8(at + 7) === 2;
      if (name !== '.' && name !== '..') yield { name, inode, isFolder };
    }
    at += length;
  }
  return bytes.length;
}
