import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';
import { type ImageShape, shapeArguments } from './target-format.ts';

/** Copies the disk of a source into a new image `name` in the folder `options.cwd`. */
export async function copyContent(
  engine: Engine,
  source: BlockNode,
  shape: ImageShape,
  name: string,
  options: ImgOptions & { readonly cwd: string },
): Promise<void> {
  await runImg(engine, copyArguments(source, shape, name), options);
}

/** qemu-img's arguments for that. */
export function copyArguments(source: BlockNode, shape: ImageShape, name: string): string[] {
  return ['convert', '-p', ...shapeArguments(shape), blockFile(source), name];
}
