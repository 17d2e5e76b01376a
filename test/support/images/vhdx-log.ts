import { encodeGuid, logSector, sealVhdx } from './vhdx-layout.ts';

/** What a log entry does to the file: one sector of 4096 bytes, or a stretch of zeros. */
export type LogChange =
  | { readonly offset: number; readonly data: Buffer }
  | { readonly offset: number; readonly zeros: number };

export interface LogEntryFields {
  readonly logId: string;
  readonly sequence: bigint;
  /** Where the oldest entry begins that has to be replayed before this one, in bytes from the beginning of the log. */
  readonly tail: number;
  readonly flushedSize: number;
  readonly lastSize: number;
  readonly changes: readonly LogChange[];
}

/** A whole log entry: header, descriptors, then a sector for each change that has data. */
export function encodeLogEntry(fields: LogEntryFields): Buffer {
  const { changes, sequence } = fields;
  const tableLength = Math.ceil((64 + changes.length * 32) / logSector) * logSector;
  const table = Buffer.alloc(tableLength);
  const sectors: Buffer[] = [];
  for (const [index, change] of changes.entries()) {
    const at = 64 + index * 32;
    table.writeBigUInt64LE(BigInt(change.offset), at + 16);
    table.writeBigUInt64LE(sequence, at + 24);
    if ('zeros' in change) {
      table.write('zero', at, 'latin1');
      table.writeBigUInt64LE(BigInt(change.zeros), at + 8);
      continue;
    }
    table.write('desc', at, 'latin1');
    change.data.copy(table, at + 4, logSector - 4, logSector);
    change.data.copy(table, at + 8, 0, 8);
    const sector = Buffer.from(change.data);
    sector.write('data', 0, 'latin1');
    sector.writeUInt32LE(Number(sequence >> 32n), 4);
    sector.writeUInt32LE(Number(sequence & 0xffffffffn), logSector - 4);
    sectors.push(sector);
  }
  const length = tableLength + sectors.length * logSector;
  table.write('loge', 0, 'latin1');
  table.writeUInt32LE(length, 8);
  table.writeUInt32LE(fields.tail, 12);
  table.writeBigUInt64LE(sequence, 16);
  table.writeUInt32LE(changes.length, 24);
  encodeGuid(fields.logId).copy(table, 32);
  table.writeBigUInt64LE(BigInt(fields.flushedSize), 48);
  table.writeBigUInt64LE(BigInt(fields.lastSize), 56);
  return sealVhdx(Buffer.concat([table, ...sectors]));
}
