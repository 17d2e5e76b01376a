import type { Picture } from '../../model/picture.ts';

/** Recognition wants letters about 30 pixels high and dark on light. */
const enlarged = 2;
const largestWidth = 2600;

/** The picture as a grey PGM file: enlarged unless it is large already, and dark on light. */
export function encodeGray(picture: Picture): Buffer {
  const scale = picture.width * enlarged > largestWidth ? 1 : enlarged;
  const width = picture.width * scale;
  const gray = toGray(picture);
  const header = Buffer.from(`P5\n${width} ${picture.height * scale}\n255\n`);
  const body = Buffer.alloc(width * picture.height * scale);
  for (let y = 0; y < picture.height; y++) {
    const row = body.subarray(y * scale * width, (y * scale + 1) * width);
    for (let x = 0; x < width; x++) row[x] = gray[y * picture.width + Math.floor(x / scale)] ?? 0;
    for (let copy = 1; copy < scale; copy++) row.copy(body, (y * scale + copy) * width);
  }
  return Buffer.concat([header, body]);
}

function toGray({ rgb, width, height }: Picture): Uint8Array {
  const gray = new Uint8Array(width * height);
  let sum = 0;
  for (let pixel = 0, at = 0; pixel < gray.length; pixel++, at += 3) {
    const value = Math.round(0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0));
    gray[pixel] = value;
    sum += value;
  }
  if (sum / gray.length < 128) for (let pixel = 0; pixel < gray.length; pixel++) gray[pixel] = 255 - (gray[pixel] ?? 0);
  return gray;
}
