import { crc32c } from '../../source/crc32c.ts';
import type { FileContent } from '../file-system.ts';
import { type JournalSuperblock, journalMagic } from './journal-superblock.ts';

/** What a journal would put in the place of a block of the volume. */
export interface JournalBlock {
  /** Number of the block in the journal. */
  readonly at: number;
  /** Its first four bytes were set to zero there, as they look like those of the journal itself. */
  readonly isEscaped: boolean;
}

interface Written extends JournalBlock {
  readonly sequence: number;
}

const blockType = { descriptor: 1, commit: 2, revoke: 5 };
const tagFlag = { escaped: 1, sameId: 2, last: 8 };
const headSize = 12;

/**
 * The blocks in the transactions of a journal that were committed but not yet written to their places, by the number of the block on
 * the volume. It ends, as for the kernel, at the first transaction that is not whole.
 */
export async function scanJournal(
  journal: FileContent,
  superblock: JournalSuperblock,
  signal?: AbortSignal,
): Promise<Map<number, JournalBlock>> {
  const scan = new JournalScan(superblock);
  const { first, end, start, blockSize } = superblock;
  if (start < first || start >= end) return new Map();
  let at = start;
  // At most once around the ring.
  for (let count = 0; count < end - first; ) {
    const used = scan.take(await journal.read(at * blockSize, blockSize, signal), at);
    if (used === 0) break;
    count += used;
    at = wrap(at + used, superblock);
  }
  return scan.finish();
}

function wrap(at: number, { first, end }: JournalSuperblock): number {
  return at >= end ? first + (at - end) : at;
}

class JournalScan {
  readonly #superblock: JournalSuperblock;
  #sequence: number;
  /** What the transaction at hand writes and revokes; it counts when it is committed. */
  #writing: [block: number, written: Written][] = [];
  #revoking: number[] = [];
  readonly #written = new Map<number, Written>();
  readonly #revoked = new Map<number, number>();

  constructor(superblock: JournalSuperblock) {
    this.#superblock = superblock;
    this.#sequence = superblock.sequence;
  }

  /** Takes the block at a place of the journal; returns how many blocks it is about with itself, or 0 at the end. */
  take(block: Buffer, at: number): number {
    if (block.readUInt32BE(0) !== journalMagic || block.readUInt32BE(8) !== this.#sequence) return 0;
    const type = block.readUInt32BE(4);
    if (type === blockType.descriptor) return this.#takeDescriptor(block, at);
    if (type === blockType.revoke) return this.#takeRevoke(block);
    return type === blockType.commit ? this.#takeCommit(block) : 0;
  }

  finish(): Map<number, JournalBlock> {
    const blocks = new Map<number, JournalBlock>();
    for (const [block, written] of this.#written) {
      // What was revoked later on, or in the same transaction, may be in use for something else by now.
      if ((this.#revoked.get(block) ?? -1) < written.sequence) blocks.set(block, written);
    }
    return blocks;
  }

  /** A list of blocks, which follow it in the same order. */
  #takeDescriptor(block: Buffer, at: number): number {
    const { tagSize, seed } = this.#superblock;
    if (!this.#hasRightSum(block, block.length - 4)) return 0;
    const end = block.length - (seed === undefined ? 0 : 4);
    let count = 0;
    for (let place = headSize; place + tagSize <= end; ) {
      const flags = tagSize === 16 ? block.readUInt32BE(place + 4) : block.readUInt16BE(place + 6);
      count++;
      const target = this.#blockNumber(block, place, place + 8);
      const isEscaped = (flags & tagFlag.escaped) !== 0;
      const written = { at: wrap(at + count, this.#superblock), isEscaped, sequence: this.#sequence };
      this.#writing.push([target, written]);
      if ((flags & tagFlag.last) !== 0) break;
      place += tagSize + ((flags & tagFlag.sameId) !== 0 ? 0 : 16);
    }
    return 1 + count;
  }

  #takeRevoke(block: Buffer): number {
    const { has64Bits } = this.#superblock;
    if (!this.#hasRightSum(block, block.length - 4)) return 0;
    const end = Math.min(block.readUInt32BE(headSize), block.length);
    const size = has64Bits ? 8 : 4;
    for (let place = headSize + 4; place + size <= end; place += size) {
      this.#revoking.push(has64Bits ? this.#blockNumber(block, place + 4, place) : block.readUInt32BE(place));
    }
    return 1;
  }

  #takeCommit(block: Buffer): number {
    // The sum stands behind two bytes of its kind and size.
    if (!this.#hasRightSum(block, 16)) return 0;
    for (const [target, written] of this.#writing) this.#written.set(target, written);
    for (const target of this.#revoking) this.#revoked.set(target, this.#sequence);
    this.#writing = [];
    this.#revoking = [];
    this.#sequence++;
    return 1;
  }

  #blockNumber(block: Buffer, low: number, high: number): number {
    const upper = this.#superblock.has64Bits ? block.readUInt32BE(high) : 0;
    return upper * 2 ** 32 + block.readUInt32BE(low);
  }

  #hasRightSum(block: Buffer, field: number): boolean {
    const { seed } = this.#superblock;
    if (seed === undefined) return true;
    const start = crc32c(block.subarray(0, field), seed);
    const sum = crc32c(block.subarray(field + 4), crc32c(new Uint8Array(4), start));
    // The kernel leaves out the last step of the sum, which turns all bits.
    return ~sum >>> 0 === block.readUInt32BE(field);
  }
}
