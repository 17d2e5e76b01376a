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
  const file = join(options.cwd, 'region.raw');
  await writeFile(file, bytes);
  const from = { driver: 'raw', file: { driver: 'file', filename: file } };
  const to = { driver: 'raw', offset, size: bytes.length, file: makeWritable(image) };
  // -n: into what is there; writethrough: on the disk before the next step.
  const args = ['convert', '-n', '-t', 'writethrough', '-O', 'raw', blockFile(from), blockFile(to)];
  await runImg(engine, args, options);
}
