import { crc32c } from '../../source/crc32c.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { FileContent } from '../file-system.ts';

export interface JournalSuperblock {
  readonly blockSize: number;
  /** The ring of blocks: from the first to before the end. */
  readonly first: number;
  readonly end: number;
  /** Where the oldest transaction begins; 0 when there is nothing to replay. */
  readonly start: number;
  readonly sequence: number;
  readonly has64Bits: boolean;
  /** Bytes of a tag, apart from the id that may follow it. */
  readonly tagSize: number;
  /** With checksums: where they begin from. */
  readonly seed: number | undefined;
  /** Small commits, which are kept in a form of their own behind the ring. */
  readonly hasFastCommits: boolean;
}

export const journalMagic = 0xc03b3998;
const superblockTypes = [3, 4];
const feature = { bits64: 2, checksum2: 8, checksum3: 0x10, fastCommit: 0x20 };
const known = 0x3f;
const usualFastBlocks = 256;

/** The superblock of a journal (JBD2), which is written with the highest byte first. */
export async function readJournalSuperblock(journal: FileContent, signal?: AbortSignal): Promise<JournalSuperblock> {
  const bytes = await readStructure(journal, 'ext journal', 0, 1024, signal);
  const fail = (problem: string) => invalidStructure(journal.path, 'ext journal', 0, problem);
  const type = bytes.readUInt32BE(4);
  if (bytes.readUInt32BE(0) !== journalMagic || !superblockTypes.includes(type)) throw fail('lacks its mark');
  // The first version has no features.
  const features = type === 4 ? bytes.readUInt32BE(0x28) : 0;
  if ((features & ~known) !== 0) throw fail('has features that are not known here');
  const has64Bits = (features & feature.bits64) !== 0;
  const hasWideTags = (features & feature.checksum3) !== 0;
  const hasFastCommits = (features & feature.fastCommit) !== 0;
  const fastBlocks = hasFastCommits ? bytes.readUInt32BE(0x54) || usualFastBlocks : 0;
  const blockSize = bytes.readUInt32BE(0x0c);
  const blocks = bytes.readUInt32BE(0x10);
  const first = bytes.readUInt32BE(0x14);
  const end = blocks - fastBlocks;
  if (blockSize < 1024 || blockSize > 65536 || first < 1 || end <= first || blocks * blockSize > journal.size) {
    throw fail('gives impossible sizes');
  }
  const hasSums = (features & (feature.checksum2 | feature.checksum3)) !== 0;
  return {
    blockSize,
    first,
    end,
    start: bytes.readUInt32BE(0x1c),
    sequence: bytes.readUInt32BE(0x18),
    has64Bits,
    // The second form of checksums only made tags two bytes longer.
    tagSize: hasWideTags ? 16 : (has64Bits ? 12 : 8) + ((features & feature.checksum2) !== 0 ? 2 : 0),
    seed: hasSums ? crc32c(bytes.subarray(0x30, 0x40)) : undefined,
    hasFastCommits,
  };
}
