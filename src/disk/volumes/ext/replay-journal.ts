import { Fault } from '../../../errors/fault.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { checkRange } from '../../source/check-range.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import type { FileContent } from '../file-system.ts';
import { journalMagic, readJournalSuperblock } from './journal-superblock.ts';
import { openExtContent } from './open-content.ts';
import { readInode } from './read-inode.ts';
import type { ExtSuperblock } from './read-superblock.ts';
import { type JournalBlock, scanJournal } from './scan-journal.ts';

export interface ReplayedVolume {
  readonly volume: ByteReader;
  readonly notes: readonly string[];
}

const replayed = 'The file system was in use or not shut down; its journal is replayed in memory.';
const fastCommits = 'Its last changes may be missing: fast commits are not replayed.';
const elsewhere =
  'The file system was in use or not shut down; its journal is on another disk, so the last changes are missing.';
const damaged =
  'The file system was in use or not shut down; its journal can not be read, so the last changes are missing.';

/** A volume as it is after its journal was replayed, which happens in memory: nothing is written. */
export async function replayJournal(
  volume: ByteReader,
  superblock: ExtSuperblock,
  signal?: AbortSignal,
): Promise<ReplayedVolume> {
  if (!superblock.needsReplay) return { volume, notes: [] };
  if (superblock.journalInode === 0) return { volume, notes: [elsewhere] };
  try {
    const inode = await readInode(volume, superblock, superblock.journalInode, signal);
    const journal = openExtContent(volume, superblock, inode);
    const head = await readJournalSuperblock(journal, signal);
    if (head.blockSize !== superblock.blockSize) {
      throw invalidStructure(volume.path, 'ext journal', 0, 'has blocks of another size than the volume');
    }
    const blocks = await scanJournal(journal, head, signal);
    const notes = [...(blocks.size > 0 ? [replayed] : []), ...(head.hasFastCommits ? [fastCommits] : [])];
    return { volume: replaceBlocks(volume, journal, head.blockSize, blocks), notes };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid') throw error;
    return { volume, notes: [damaged] };
  }
}

/** The volume with some of its blocks taken from the journal. */
function replaceBlocks(
  volume: ByteReader,
  journal: FileContent,
  blockSize: number,
  blocks: ReadonlyMap<number, JournalBlock>,
): ByteReader {
  if (blocks.size === 0) return volume;
  const result: ByteReader = {
    path: volume.path,
    size: volume.size,
    async read(offset, length, signal) {
      checkRange(result, 'range', offset, length);
      let bytes = await volume.read(offset, length, signal);
      let isOwn = false;
      const end = offset + length;
      for (let block = Math.floor(offset / blockSize); block * blockSize < end; block++) {
        const replacement = blocks.get(block);
        if (!replacement) continue;
        // What was read may be a part of a cache.
        if (!isOwn) bytes = Buffer.from(bytes);
        isOwn = true;
        const content = await readBlock(journal, blockSize, replacement, signal);
        const start = block * blockSize;
        content.copy(bytes, Math.max(0, start - offset), Math.max(0, offset - start), Math.min(blockSize, end - start));
      }
      return bytes;
    },
  };
  return result;
}

async function readBlock(
  journal: FileContent,
  blockSize: number,
  { at, isEscaped }: JournalBlock,
  signal?: AbortSignal,
): Promise<Buffer> {
  const bytes = await journal.read(at * blockSize, blockSize, signal);
  if (!isEscaped) return bytes;
  const whole = Buffer.from(bytes);
  whole.writeUInt32BE(journalMagic);
  return whole;
}
