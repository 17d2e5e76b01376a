import type { ByteReader } from '../byte-reader.ts';
import { protocolFault } from '../protocol-fault.ts';
import type { Area } from '../screen.ts';
import { pixelBytes } from './raw.ts';

/** No pointer is larger. */
const longestSide = 2048;

/** The shape of the pointer, which is asked for so that the server does not draw it, and is of no use. */
export async function skipCursorShape(reader: ByteReader, { width, height }: Area): Promise<void> {
  if (width > longestSide || height > longestSide) throw protocolFault('a pointer larger than all', { width, height });
  await reader.skip(width * height * pixelBytes + Math.ceil(width / 8) * height);
}
