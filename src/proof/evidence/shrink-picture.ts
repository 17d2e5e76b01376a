import type { Picture } from '../../model/picture.ts';

/** The picture made to fit, each pixel the mean of those that it stands for; as it is when it fits already. */
export function shrinkPicture(picture: Picture, mostWidth: number, mostHeight: number): Picture {
  const scale = Math.min(1, mostWidth / picture.width, mostHeight / picture.height);
  if (scale === 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const rgb = new Uint8Array(width * height * 3);
  const columns = splitEvenly(picture.width, width);
  const rows = splitEvenly(picture.height, height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      average(picture, columns[x] ?? 0, columns[x + 1] ?? 0, rows[y] ?? 0, rows[y + 1] ?? 0, rgb, at);
    }
  }
  return { width, height, rgb };
}

/** Where each of `parts` begins among `whole` pixels, and where the last one ends; none is empty. */
function splitEvenly(whole: number, parts: number): Uint32Array {
  return Uint32Array.from({ length: parts + 1 }, (_, part) => Math.floor((part * whole) / parts));
}

function average(
  { width, rgb }: Picture,
  left: number,
  right: number,
  top: number,
  bottom: number,
  target: Uint8Array,
  at: number,
): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let y = top; y < bottom; y++) {
    for (let pixel = (y * width + left) * 3, end = (y * width + right) * 3; pixel < end; pixel += 3) {
      red += rgb[pixel] ?? 0;
      green += rgb[pixel + 1] ?? 0;
      blue += rgb[pixel + 2] ?? 0;
    }
  }
  const count = (right - left) * (bottom - top);
  target[at] = Math.round(red / count);
  target[at + 1] = Math.round(green / count);
  target[at + 2] = Math.round(blue / count);
}
