import type { ByteReader } from '../../source/byte-reader.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ItemKind } from '../file-system.ts';
import { sector, shortTime } from './parse-record.ts';

/** What Rock Ridge says about a file beyond its plain record. */
export interface RockRidge {
  readonly name?: string | undefined;
  readonly kind?: ItemKind | undefined;
  readonly target?: string | undefined;
  readonly modified?: Date | undefined;
  /** The folder stands elsewhere, as the tree would have become too deep. */
  readonly movedTo?: number | undefined;
  /** The entry is only a place for a folder that belongs elsewhere. */
  readonly isMoved: boolean;
  /** The content is compressed (zisofs). */
  readonly isCompressed: boolean;
}

const mostContinuations = 32;
const kinds: Readonly<Record<number, ItemKind>> = { 4: 'folder', 8: 'file', 10: 'link' };

interface Field {
  readonly mark: string;
  readonly bytes: Buffer;
}

/** Whether the record of a root folder says that the disc has Rock Ridge, and how many bytes to skip in all others. */
export function findRockRidge(systemUse: Buffer): number | undefined {
  const first = splitFields(systemUse).find(({ mark }) => mark === 'SP');
  return first && first.bytes.length >= 7 && first.bytes.readUInt16BE(4) === 0xbeef
    ? first.bytes.readUInt8(6)
    : undefined;
}

/** Reads the fields of one record, also those that are continued elsewhere. */
export async function readRockRidge(volume: ByteReader, systemUse: Buffer, signal?: AbortSignal): Promise<RockRidge> {
  const fields = splitFields(systemUse);
  let next = continuation(fields);
  for (let count = 0; next && count < mostContinuations; count++) {
    const bytes = await readStructure(volume, 'Rock Ridge continuation', next.at, next.length, signal);
    const more = splitFields(bytes);
    fields.push(...more);
    next = continuation(more);
  }
  const of = (mark: string) => fields.filter(field => field.mark === mark).map(field => field.bytes);
  const [mode] = of('PX').filter(bytes => bytes.length >= 8);
  const [child] = of('CL').filter(bytes => bytes.length >= 8);
  const names = of('NM');
  return {
    ...(names.length === 0 ? {} : { name: Buffer.concat(names.map(bytes => bytes.subarray(5))).toString('utf8') }),
    kind: mode && (kinds[(mode.readUInt32LE(4) >> 12) & 15] ?? 'other'),
    target: joinTarget(of('SL')),
    modified: of('TF').map(modifiedTime)[0],
    movedTo: child && child.readUInt32LE(4) * sector,
    isMoved: of('RE').length > 0,
    isCompressed: of('ZF').length > 0,
  };
}

function splitFields(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt8(at + 2);
    const mark = bytes.toString('latin1', at, at + 2);
    if (length < 4 || at + length > bytes.length || mark === 'ST') break;
    fields.push({ mark, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return fields;
}

function continuation(fields: readonly Field[]): { at: number; length: number } | undefined {
  const found = fields.find(({ mark, bytes }) => mark === 'CE' && bytes.length >= 28)?.bytes;
  if (!found) return undefined;
  // It keeps to one sector.
  return { at: found.readUInt32LE(4) * sector + found.readUInt32LE(12), length: found.readUInt32LE(20) % (sector + 1) };
}

/** Bits say which times there are; the second one is that of the last change of content. */
function modifiedTime(field: Buffer): Date | undefined {
  const flags = field.length > 5 ? field.readUInt8(4) : 0;
  const isLong = (flags & 0x80) !== 0;
  if ((flags & 2) === 0 || isLong) return undefined;
  const at = 5 + ((flags & 1) !== 0 ? 7 : 0);
  return at + 7 <= field.length ? shortTime(field, at) : undefined;
}

/** A link's target stands in parts: each has flags, a length and its text, and may go on in the next one. */
function joinTarget(fields: readonly Buffer[]): string | undefined {
  if (fields.length === 0) return undefined;
  const names: string[] = [];
  let goesOn = false;
  for (const field of fields) {
    for (let at = 5; at + 2 <= field.length; at += 2 + field.readUInt8(at + 1)) {
      const flags = field.readUInt8(at);
      const name = partName(flags, field.toString('utf8', at + 2, at + 2 + field.readUInt8(at + 1)));
      if (goesOn) names.push(`${names.pop() ?? ''}${name}`);
      else names.push(name);
      goesOn = (flags & 1) !== 0;
    }
  }
  return names.join('/') || '/';
}

function partName(flags: number, text: string): string {
  if ((flags & 2) !== 0) return '.';
  if ((flags & 4) !== 0) return '..';
  // The root: a path that begins with it begins with "/".
  return (flags & 8) !== 0 ? '' : text;
}
