import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';
import { makeWritable } from './writable-node.ts';

/** Gives the image of a node, described for reading, another size in its own files; what it stands on stays read-only. */
export async function resizeInPlace(
  engine: Engine,
  image: BlockNode,
  sizeBytes: number,
  shrink: boolean,
  options: ImgOptions,
): Promise<void> {
  await runImg(engine, resizeArguments(image, sizeBytes, shrink), options);
}

/** qemu-img's arguments for that. */
export function resizeArguments(image: BlockNode, sizeBytes: number, shrink: boolean): string[] {
  return ['resize', '-q', ...(shrink ? ['--shrink'] : []), blockFile(makeWritable(image)), String(sizeBytes)];
}
