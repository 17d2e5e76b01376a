import { type ImageFormat, imageFormat } from '../../../model/image.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';

export interface HeaderExtensions {
  readonly backingFormat?: ImageFormat | undefined;
  readonly dataFile?: string | undefined;
}

const backingFormatId = 0xe2792aca;
const dataFileId = 0x44415441;
const longest = 64 * 1024;

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
    if (id === backingFormatId) found = { ...found, backingFormat: formatFromQemu(text) };
    if (id === dataFileId) found = { ...found, dataFile: text };
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return found;
}

/** QEMU's driver name as one of our formats; undefined, so that the content decides, for any other. */
function formatFromQemu(name: string): ImageFormat | undefined {
  if (name === 'vpc') return 'vhd';
  const format = imageFormat.safeParse(name);
  return format.success ? format.data : undefined;
}
