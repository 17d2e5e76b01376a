import type { ByteReader } from '../../source/byte-reader.ts';
import { isInside } from '../../source/check-range.ts';
import { be64 } from '../../source/integers.ts';

const longestName = 64 * 1024;

/** The file that a differencing VHD names as its parent: by its locators (relative first), else by the name in the header. */
export async function readVhdParents(file: ByteReader, header: Buffer, signal?: AbortSignal): Promise<string[]> {
  const names = new Map<string, string>();
  for (let index = 0; index < 8; index++) {
    const at = 576 + index * 24;
    const platform = header.toString('latin1', at, at + 4);
    const length = header.readUInt32BE(at + 8);
    const offset = be64(header, at + 16);
    if (length === 0 || length > longestName || !isInside(offset, length, file.size)) continue;
    const bytes = await file.read(offset, length, signal);
    if (platform === 'W2ru' || platform === 'W2ku') names.set(platform, cutAtNul(bytes.toString('utf16le')));
  }
  const unicode = Buffer.from(header.subarray(64, 576)).swap16();
  const name = names.get('W2ru') ?? names.get('W2ku') ?? cutAtNul(unicode.toString('utf16le'));
  return name === '' ? [] : [name];
}

function cutAtNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
