import type { ImageFormat } from '../../../model/image.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';

export interface HeaderExtensions {
  readonly backingFormat?: ImageFormat | undefined;
  readonly dataFile?: string | undefined;
}

const backingFormatId = 0xe2792aca;
const dataFileId = 0x44415441;
const longest = 64 * 1024;
/** By the names of QEMU's drivers; for any other the content decides. */
const formats: ReadonlyMap<string, ImageFormat> = new Map([
  ['vpc', 'vhd'],
  ['vhdx', 'vhdx'],
  ['qcow2', 'qcow2'],
  ['vmdk', 'vmdk'],
  ['vdi', 'vdi'],
  ['raw', 'raw'],
]);

/** The header extensions that matter for reading: they stand between the header and the end of the first cluster. */
export async function readExtensions(
  file: ByteReader,
  start: number,
  clusterSize: number,
  signal?: AbortSignal,
): Promise<HeaderExtensions> {
  const end = Math.min(clusterSize, file.size, longest);
  const bytes = await file.read(0, end, signal);
  let found: HeaderExtensions = {};
  for (let at = start; at + 8 <= end; ) {
    const id = bytes.readUInt32BE(at);
    const length = bytes.readUInt32BE(at + 4);
    if (id === 0) break;
    if (length > end - at - 8)
      throw invalidStructure(file.path, 'qcow2 header extension', at, 'is too long', { length });
    const text = bytes.toString('utf8', at + 8, at + 8 + length);
    if (id === backingFormatId) found = { ...found, backingFormat: formats.get(text) };
    if (id === dataFileId) found = { ...found, dataFile: text };
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return found;
}
