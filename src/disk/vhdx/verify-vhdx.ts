import type { VerifyContext } from '../disk-layer.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { type BlockTable, bitmapIndex, blockState, mebibyte } from './block-table.ts';
import { headerOffsets, readHeader, type VhdxHeader } from './choose-header.ts';
import { overlap, readRegionTable, regionTableOffsets } from './read-regions.ts';
import { forEachEntry, type TableEntry } from './survey-blocks.ts';

const structure = 'VHDX block allocation table';
const blockStates: ReadonlySet<number> = new Set(Object.values(blockState));
const bitmapStates: ReadonlySet<number> = new Set([blockState.absent, blockState.present]);
/** A table with more wrong entries is none. */
const mostWrongEntries = 1000;
/** A disk of 64 TiB with all that belongs to it is smaller; what lies further out is not looked at for overlaps. */
const largestFile = 2 ** 47;

/** Checks what an open leaves unread: the copies of headers and region table, and every entry of the block table. */
export async function verifyVhdx(
  file: ByteReader,
  header: VhdxHeader,
  table: BlockTable,
  context: VerifyContext,
): Promise<void> {
  await verifyHeaders(file, header, context);
  await verifyRegionTables(table.file, context);
  const bitmaps = await findBitmaps(table, context.signal);
  const occupied = new Occupied(table);
  let wrong = 0;
  const check = (entry: TableEntry) => {
    const message = entryProblem(table, entry, bitmaps, occupied);
    if (message === undefined) return true;
    context.report({ severity: 'error', path: file.path, structure, offset: table.offset + entry.index * 8, message });
    return ++wrong < mostWrongEntries;
  };
  await forEachEntry(table, check, context.signal);
}

async function verifyHeaders(file: ByteReader, used: VhdxHeader, { signal, report }: VerifyContext): Promise<void> {
  for (const offset of headerOffsets) {
    const header = await readHeader(file, offset, signal);
    if (!('problem' in header)) continue;
    const message = `It ${header.problem}; the one at byte ${used.offset} was used.`;
    report({ severity: 'warning', path: file.path, structure: 'VHDX header', offset, message });
  }
}

async function verifyRegionTables(file: ByteReader, { signal, report }: VerifyContext): Promise<void> {
  const [first, second] = await Promise.all(regionTableOffsets.map(offset => readRegionTable(file, offset, signal)));
  for (const [index, bytes] of [first, second].entries()) {
    const offset = regionTableOffsets[index];
    const message = 'It is damaged; the other one was used.';
    if (!bytes) report({ severity: 'warning', path: file.path, structure: 'VHDX region table', offset, message });
  }
  if (!first || !second || first.equals(second)) return;
  const message = 'The two copies differ; the first one was used.';
  report({
    severity: 'warning',
    path: file.path,
    structure: 'VHDX region table',
    offset: regionTableOffsets[1],
    message,
  });
}

/** Which chunks have a bitmap; without a parent none needs one. */
async function findBitmaps(table: BlockTable, signal?: AbortSignal): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const note = ({ isBitmap, state, index }: TableEntry) => {
    if (isBitmap && state === blockState.present) found.add(index);
  };
  if (table.hasParent) await forEachEntry(table, note, signal);
  return found;
}

/** Which mebibytes of the file belong to something; everything in a VHDX is aligned to them. */
class Occupied {
  readonly #bits: Uint8Array;

  constructor({ file, taken }: BlockTable) {
    this.#bits = new Uint8Array(Math.ceil(Math.min(file.size, largestFile) / mebibyte / 8));
    for (const { offset, length } of taken) this.take(offset, length);
  }

  /** False when a part was taken before. */
  take(offset: number, length: number): boolean {
    let free = true;
    for (let at = offset / mebibyte; at < (offset + length) / mebibyte && at < this.#bits.length * 8; at++) {
      const mask = 1 << (at & 7);
      if (((this.#bits[at >> 3] ?? 0) & mask) !== 0) free = false;
      this.#bits[at >> 3] = (this.#bits[at >> 3] ?? 0) | mask;
    }
    return free;
  }
}

function entryProblem(
  table: BlockTable,
  { isBitmap, block, state, place }: TableEntry,
  bitmaps: ReadonlySet<number>,
  occupied: Occupied,
): string | undefined {
  // Most entries of a large table say that there is nothing.
  if (state === blockState.absent) return undefined;
  const what = isBitmap ? `The sector bitmap of block ${block}` : `Block ${block}`;
  if (!(isBitmap ? bitmapStates : blockStates).has(state)) return `${what} has the unknown state ${state}.`;
  if (state !== blockState.present && state !== blockState.partlyPresent) return undefined;
  if (!isBitmap && block >= table.blocks) return `${what} lies behind the end of the disk.`;
  if (state === blockState.partlyPresent && !table.hasParent)
    return `${what} is partly present in a disk without parent.`;
  if (state === blockState.partlyPresent && !bitmaps.has(bitmapIndex(table, block))) return `${what} lacks its bitmap.`;
  const length = isBitmap ? mebibyte : table.blockSize;
  // The last block of a fixed disk may end with the disk.
  const needed = isBitmap ? length : Math.min(length, table.virtualSize - block * table.blockSize);
  if (!isInside(place, needed, table.file.size)) return `${what} at byte ${place} reaches past the end of the file.`;
  if (place < mebibyte || table.taken.some(region => overlap(region, { offset: place, length }))) {
    return `${what} at byte ${place} lies over the structures of the file.`;
  }
  return occupied.take(place, length) ? undefined : `${what} lies over another one at byte ${place}.`;
}
