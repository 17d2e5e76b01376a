import { open } from 'node:fs/promises';
import { listExtents } from '../../../scripts/debian-disk/list-extents.ts';
import { encodeBlockEntry, guidOf, payloadState } from '../images/vhdx-layout.ts';
import { VhdxWriter } from '../images/vhdx-writer.ts';

const mebibyte = 2 ** 20;
const sector = 512;

export interface DirtyOptions {
  /** Default: 8 MiB. */
  readonly blockSize?: number;
  /** Let all blocks from this one on, counted from 0, lead into the log: they can not be read. */
  readonly damagedFrom?: number;
  /** By which children know it. */
  readonly dataWriteId?: string;
}

/**
 * Writes a raw disk as a dynamic VHDX of which only the log knows where the blocks are: a reader that does not replay it
 * sees an empty disk.
 */
export async function makeDirtyVhdx(raw: string, target: string, options: DirtyOptions = {}): Promise<void> {
  const source = await open(raw, 'r');
  try {
    const { size } = await source.stat();
    const writer = new VhdxWriter(target, {
      virtualSize: Math.ceil(size / sector) * sector,
      blockSize: options.blockSize ?? 8 * mebibyte,
      dataWriteId: options.dataWriteId,
      journal: {},
    });
    const end = ({ offset, length }: { offset: number; length: number }) => offset + length;
    for (const extent of await listExtents(raw)) {
      const last = Math.ceil(end(extent) / sector) * sector;
      for (let at = Math.floor(extent.offset / sector) * sector; at < last; at += mebibyte) {
        const buffer = Buffer.alloc(Math.min(mebibyte, last - at));
        await source.read(buffer, 0, buffer.length, at);
        if (!isZero(buffer)) writer.write(at, buffer);
      }
    }
    if (options.damagedFrom !== undefined) damage(writer, options.damagedFrom);
    writer.close({ dirty: true });
  } finally {
    await source.close();
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every(byte => byte === 0);
}

function damage(writer: VhdxWriter, first: number): void {
  for (let block = first; block < writer.blocks; block++) {
    writer.patchTable(writer.entryOffset(block), encodeBlockEntry(payloadState.present, writer.logOffset));
  }
}

/** A change of a few bytes on a disk. */
export interface DiskChange {
  readonly offset: number;
  readonly content: Buffer;
}

/** Writes a differencing VHDX with a log that was not replayed, next to its parent, which it names by `parentName`. */
export function makeDirtyChild(
  target: string,
  parent: { readonly name: string; readonly dataWriteId: string; readonly size: number },
  changes: readonly DiskChange[],
): void {
  const writer = new VhdxWriter(target, {
    virtualSize: parent.size,
    blockSize: 8 * mebibyte,
    dataWriteId: guidOf(7),
    parent: { parent_linkage: `{${parent.dataWriteId}}`, relative_path: `.\\${parent.name}` },
    journal: {},
  });
  for (const { offset, content } of changes) writer.write(offset, content);
  writer.close({ dirty: true });
}
