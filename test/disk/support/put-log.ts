import { SparseFile } from '../../support/images/sparse-file.ts';
import { encodeHeader, guidOf, headerOffsets, mebibyte } from '../../support/images/vhdx-layout.ts';
import { encodeLogEntry, type LogEntryFields } from '../../support/images/vhdx-log.ts';

export const logId = guidOf(77);

export interface PlacedEntry extends Partial<LogEntryFields> {
  /** Where in the log it begins. */
  readonly at: number;
  /** What a power cut did to it. */
  readonly damage?: ((entry: Buffer) => void) | undefined;
}

export interface LogPlace {
  readonly logOffset?: number;
  readonly logLength?: number;
  readonly dataWriteId?: string;
}

/** Writes entries into the log of a VHDX, and headers which say that there is one. An entry is its own tail unless told otherwise. */
export function putLog(path: string, entries: readonly PlacedEntry[], place: LogPlace = {}): void {
  const { logOffset = mebibyte, logLength = mebibyte, dataWriteId = guidOf(1) } = place;
  const file = new SparseFile(path, 'r+');
  for (const { at, damage, ...fields } of entries) {
    const plain = { logId, sequence: 1n, tail: at, flushedSize: 0, lastSize: 0, changes: [] };
    const entry = encodeLogEntry({ ...plain, ...fields });
    damage?.(entry);
    const first = entry.subarray(0, logLength - at);
    file.write(logOffset + at, first);
    file.write(logOffset, entry.subarray(first.length));
  }
  for (const [index, offset] of headerOffsets.entries()) {
    const sequence = BigInt(10 + index);
    file.write(offset, encodeHeader({ sequence, dataWriteId, logId, logOffset, logLength }));
  }
  file.close();
}
