import { execFile, execFileSync } from 'node:child_process';
import { PNG } from 'pngjs';
import type { Picture } from '../../../../src/model/picture.ts';
import type { Canvas } from './canvas.ts';

/** Whether the renderer is installed (package librsvg2-bin), and the fonts that the screens are written in. */
export function canRender(): boolean {
  try {
    const fonts = execFileSync('fc-list', [':', 'family'], { encoding: 'utf8' });
    execFileSync('rsvg-convert', ['--version'], { stdio: 'ignore' });
    return ['Open Sans', 'Cantarell', 'WenQuanYi Micro Hei', 'DejaVu Sans'].every(font => fonts.includes(font));
  } catch {
    return false;
  }
}

/** The pixels of a drawn screen. */
export async function renderScreen(canvas: Canvas): Promise<Picture> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { encoding: 'buffer' as const, maxBuffer: 64 * 1024 * 1024 };
  const renderer = execFile('rsvg-convert', ['--format', 'png'], options, (error, png) =>
    error ? reject(error) : resolve(png),
  );
  renderer.stdin?.end(canvas.render());
  return decodePng(await promise);
}

/** A PNG file as a picture. */
export function decodePng(file: Buffer): Picture {
  const { width, height, data } = PNG.sync.read(file);
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) rgb.set(data.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
  return { width, height, rgb };
}
