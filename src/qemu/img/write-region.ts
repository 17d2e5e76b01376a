import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';
import { makeWritable } from './writable-node.ts';

/** Writes bytes, a multiple of 512 at one, to the disk in an image, described for reading. `options.cwd` is a private folder. */
export async function writeRegion(
  engine: Engine,
  image: BlockNode,
  offset: number,
  bytes: Uint8Array,
  options: ImgOptions & { readonly cwd: string },
): Promise<void> {
  const file = join(options.cwd, regionFile);
  await writeFile(file, bytes);
  await runImg(engine, regionArguments(image, file, { offset, length: bytes.length }), options);
}

/** Name of the file with the bytes. */
export const regionFile = 'region.raw';

/** qemu-img's arguments for that. */
export function regionArguments(
  image: BlockNode,
  file: string,
  { offset, length }: { readonly offset: number; readonly length: number },
): string[] {
  const from = { driver: 'raw', file: { driver: 'file', filename: file } };
  const to = { driver: 'raw', offset, size: length, file: makeWritable(image) };
  // -n: into what is there; writethrough: on the disk before the next step.
  return ['convert', '-n', '-t', 'writethrough', '-O', 'raw', blockFile(from), blockFile(to)];
}
