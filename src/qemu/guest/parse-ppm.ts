import { Fault } from '../../errors/fault.ts';
import type { Picture } from '../../model/picture.ts';

const longestSide = 16_384;

/**
 * Reads a binary PPM (P6, one byte per sample), the format that every QEMU writes screens in. `before`: a picture that is
 * given back when the file shows the same; a screen is looked at many times before it changes.
 */
export function parsePpm(file: Uint8Array, before?: Picture): Picture {
  const header = readHeader(file);
  if (!header)
    throw new Fault('host_fault', 'QEMU wrote a screen in an unknown format.', { data: { bytes: file.length } });
  const { width, height, start } = header;
  const length = width * height * 3;
  if (file.length - start < length) {
    const data = { width, height, bytes: file.length };
    throw new Fault('host_fault', 'QEMU wrote only a part of the screen.', { data });
  }
  const rgb = file.subarray(start, start + length);
  if (before?.width === width && before.height === height && Buffer.compare(before.rgb, rgb) === 0) return before;
  // A Buffer's own slice would be a view as well.
  return { width, height, rgb: new Uint8Array(rgb) };
}

interface PpmHeader {
  readonly width: number;
  readonly height: number;
  /** Where the pixels begin. */
  readonly start: number;
}

function readHeader(file: Uint8Array): PpmHeader | undefined {
  // Comments may stand between the numbers, but exactly one blank is between the last one and the pixels.
  const blank = '(?:[ \\t\\r\\n]+|#[^\\n]*\\n)+';
  const pattern = new RegExp(`^P6${blank}(\\d{1,5})${blank}(\\d{1,5})${blank}(\\d{1,5})[ \\t\\r\\n]`);
  const text = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, 1024)).toString('latin1');
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [whole, width, height, depth] = [found[0], Number(found[1]), Number(found[2]), Number(found[3])];
  const fits = width > 0 && height > 0 && width <= longestSide && height <= longestSide && depth === 255;
  return fits ? { width, height, start: whole.length } : undefined;
}
