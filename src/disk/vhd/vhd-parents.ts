import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { be64 } from '../source/integers.ts';
import { readUuid } from './vhd-footer.ts';

const longestName = 64 * 1024;

export interface VhdParent {
  readonly id: string;
  /** As the file records them: relative path first, then the absolute one, then the bare name in the header. */
  readonly places: readonly string[];
}

/** What a differencing VHD says of its parent: its id, its locators and the name in the header. */
export async function readVhdParent(file: ByteReader, header: Buffer, signal?: AbortSignal): Promise<VhdParent> {
  const names = new Map<string, string>();
  for (let index = 0; index < 8; index++) {
    const at = 576 + index * 24;
    const platform = header.toString('latin1', at, at + 4);
    const length = header.readUInt32BE(at + 8);
    const offset = be64(header, at + 16);
    if (length === 0 || length > longestName || !isInside(offset, length, file.size)) continue;
    const bytes = await file.read(offset, length, signal);
    if (platform === 'W2ru' || platform === 'W2ku') names.set(platform, cutAtNul(bytes.toString('utf16le')));
    // A URL in UTF-8, by other systems than Windows.
    if (platform === 'MacX') names.set(platform, fromUrl(cutAtNul(bytes.toString('utf8'))));
  }
  const unicode = Buffer.from(header.subarray(64, 576)).swap16();
  const located = ['W2ru', 'W2ku', 'MacX'].map(platform => names.get(platform) ?? '');
  const places = [...located, cutAtNul(unicode.toString('utf16le'))].filter(place => place !== '');
  return { id: readUuid(header, 40), places: [...new Set(places)] };
}

function fromUrl(text: string): string {
  const path = /^file:\/\/(?:localhost)?(.*)$/.exec(text)?.[1] ?? '';
  try {
    return decodeURIComponent(path).replace(/^\/\.\//, './');
  } catch {
    return '';
  }
}

function cutAtNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
