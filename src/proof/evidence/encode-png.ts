import { PNG } from 'pngjs';
import type { Picture } from '../../model/picture.ts';

/** PNG bytes of a picture: 24-bit colour, quick rather than small, as pictures are written while the guest is watched. */
export function encodePng({ width, height, rgb }: Picture): Buffer {
  const png = new PNG({ width, height, colorType: 2, inputColorType: 2, inputHasAlpha: false });
  png.data = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  return PNG.sync.write(png, { colorType: 2, inputColorType: 2, inputHasAlpha: false, deflateLevel: 1, filterType: 0 });
}
