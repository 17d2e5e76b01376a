import type { ByteReader } from '../source/byte-reader.ts';
import { cachePages } from '../source/cache-pages.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readStructure } from '../source/read-structure.ts';

export interface Registry {
  /** A text value by the path of its key from the root of the hive, names compared without regard to case. */
  readText(keyPath: string, name: string, signal?: AbortSignal): Promise<string | undefined>;
}

/** Cells are counted from behind the first 4 KiB. */
const base = 4096;
/** Keys looked at in one search: the largest folders of a real hive have some thousands. */
const mostSubkeys = 4096;
const mostValues = 4096;
const longestText = 4096;

/** A hive of the Windows registry. */
export async function openRegistry(file: ByteReader, signal?: AbortSignal): Promise<Registry> {
  const cached = cachePages(file);
  const head = await readStructure(cached, 'registry header', 0, 512, signal);
  if (head.toString('latin1', 0, 4) !== 'regf')
    throw invalidStructure(file.path, 'registry header', 0, 'lacks its mark');
  const root = head.readUInt32LE(36);
  return {
    async readText(keyPath, name, stop) {
      let key: number | undefined = root;
      for (const part of keyPath.split('\\')) {
        if (key === undefined) return undefined;
        key = await findSubkey(cached, key, part.toLowerCase(), stop);
      }
      return key === undefined ? undefined : await findValue(cached, key, name.toLowerCase(), stop);
    },
  };
}

async function readCell(file: ByteReader, cell: number, length: number, signal?: AbortSignal): Promise<Buffer> {
  // Behind the size of the cell.
  return await readStructure(file, 'registry cell', base + cell + 4, length, signal);
}

async function findSubkey(
  file: ByteReader,
  key: number,
  name: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const bytes = await readCell(file, key, 76, signal);
  if (bytes.toString('latin1', 0, 2) !== 'nk' || bytes.readUInt32LE(20) === 0) return undefined;
  let looked = 0;
  for await (const subkey of listKeys(file, bytes.readUInt32LE(28), 0, signal)) {
    if (++looked > mostSubkeys) break;
    const head = await readCell(file, subkey, 76, signal);
    if (head.toString('latin1', 0, 2) !== 'nk') continue;
    const length = head.readUInt16LE(72);
    if (length > 512) continue;
    const rawName = (await readCell(file, subkey, 76 + length, signal)).subarray(76);
    const isPlain = (head.readUInt16LE(2) & 0x20) !== 0;
    if (rawName.toString(isPlain ? 'latin1' : 'utf16le').toLowerCase() === name) return subkey;
  }
  return undefined;
}

/** The keys in a list ("lf", "lh", "li") or a list of lists ("ri"). */
async function* listKeys(file: ByteReader, list: number, depth: number, signal?: AbortSignal): AsyncGenerator<number> {
  const head = await readCell(file, list, 4, signal);
  const kind = head.toString('latin1', 0, 2);
  const size = kind === 'lf' || kind === 'lh' ? 8 : 4;
  const count = Math.min(head.readUInt16LE(2), mostSubkeys);
  if (!['lf', 'lh', 'li', 'ri'].includes(kind) || (kind === 'ri' && depth > 0)) return;
  const bytes = await readCell(file, list, 4 + count * size, signal);
  for (let at = 4; at < bytes.length; at += size) {
    const cell = bytes.readUInt32LE(at);
    if (kind === 'ri') yield* listKeys(file, cell, depth + 1, signal);
    else yield cell;
  }
}

async function findValue(
  file: ByteReader,
  key: number,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const bytes = await readCell(file, key, 76, signal);
  const count = Math.min(bytes.readUInt32LE(36), mostValues);
  if (count === 0) return undefined;
  const list = await readCell(file, bytes.readUInt32LE(40), count * 4, signal);
  for (let at = 0; at < list.length; at += 4) {
    const cell = list.readUInt32LE(at);
    const head = await readCell(file, cell, 20, signal);
    const length = head.readUInt16LE(2);
    if (head.toString('latin1', 0, 2) !== 'vk' || length > 512) continue;
    const rawName = (await readCell(file, cell, 20 + length, signal)).subarray(20);
    const isPlain = (head.readUInt16LE(16) & 1) !== 0;
    if (rawName.toString(isPlain ? 'latin1' : 'utf16le').toLowerCase() === name)
      return await readTextData(file, head, signal);
  }
  return undefined;
}

async function readTextData(file: ByteReader, value: Buffer, signal?: AbortSignal): Promise<string | undefined> {
  const rawSize = value.readUInt32LE(4);
  const isText = value.readUInt32LE(12) === 1 || value.readUInt32LE(12) === 2;
  // The top bit says that the data, of up to four bytes, stands in the place of its offset.
  const size = rawSize & 0x7fffffff;
  if (!isText || size > longestText) return undefined;
  const data =
    rawSize > 0x7fffffff
      ? value.subarray(8, 8 + Math.min(size, 4))
      : await readCell(file, value.readUInt32LE(8), size, signal);
  return data.toString('utf16le').split('\0', 1)[0];
}
