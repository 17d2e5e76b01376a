import type { Allocation } from '../../model/image.ts';
import type { BlockTable as TableOfEnds } from '../formats/truncated-obstacles.ts';
import { type BlockTable, blockState, mebibyte, readOffset, readState } from './block-table.ts';

/** One entry of the block allocation table, as it stands there. */
export interface TableEntry {
  readonly index: number;
  readonly isBitmap: boolean;
  /** Number of the block; of a bitmap the first block of its chunk. */
  readonly block: number;
  readonly state: number;
  readonly place: number;
}

const step = mebibyte;

/** Tells every entry of the table in order, until `tell` gives false; reads a mebibyte at a time. The entry is the same object each time. */
export async function forEachEntry(
  table: BlockTable,
  // biome-ignore lint/suspicious/noConfusingVoidType: what tells nothing wants to go on
  tell: (entry: TableEntry) => boolean | void,
  signal?: AbortSignal,
): Promise<void> {
  const { file, offset, entries, chunkRatio } = table;
  const entry = { index: 0, isBitmap: false, block: 0, state: 0, place: 0 };
  for (let from = 0; from < entries * 8; from += step) {
    const bytes = await file.read(offset + from, Math.min(step, entries * 8 - from), signal);
    for (let at = 0; at < bytes.length; at += 8) {
      const index = (from + at) / 8;
      const chunk = Math.floor(index / (chunkRatio + 1));
      entry.index = index;
      entry.isBitmap = index % (chunkRatio + 1) === chunkRatio;
      entry.block = entry.isBitmap ? chunk * chunkRatio : index - chunk;
      entry.state = readState(bytes, at);
      entry.place = readOffset(bytes, at);
      if (tell(entry) === false) return;
    }
  }
}

/** Counts the blocks by state. */
export async function surveyBlocks(table: BlockTable, signal?: AbortSignal): Promise<Allocation> {
  let present = 0;
  let partlyPresent = 0;
  let zero = 0;
  let bitmaps = 0;
  await forEachEntry(
    table,
    ({ isBitmap, block, state }) => {
      if (isBitmap) {
        if (state === blockState.present) bitmaps++;
      } else if (block >= table.blocks) return;
      else if (state === blockState.present) present++;
      else if (state === blockState.partlyPresent) partlyPresent++;
      else if (state !== blockState.absent || !table.hasParent) zero++;
    },
    signal,
  );
  const allocatedBytes = (present + partlyPresent) * table.blockSize + bitmaps * mebibyte;
  return { blocks: table.blocks, present, partlyPresent, zero, allocatedBytes };
}

/** The table as whoever looks for a file that was cut short wants it. */
export function tableOfEnds(table: BlockTable): TableOfEnds {
  const { file, offset, entries, blockSize, chunkRatio, virtualSize } = table;
  return {
    reader: file,
    start: offset,
    length: entries * 8,
    *blockEnds(bytes, tableOffset) {
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        const state = readState(bytes, at);
        if (state !== blockState.present && state !== blockState.partlyPresent) continue;
        const index = (tableOffset + at) / 8;
        const chunk = Math.floor(index / (chunkRatio + 1));
        const isBitmap = index % (chunkRatio + 1) === chunkRatio;
        // The last block of a fixed disk may end with the disk.
        const left = virtualSize - (index - chunk) * blockSize;
        yield readOffset(bytes, at) + (isBitmap ? mebibyte : Math.max(0, Math.min(blockSize, left)));
      }
    },
  };
}
