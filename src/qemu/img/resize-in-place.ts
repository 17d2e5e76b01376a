import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';

/** Gives the image of a node, described for reading, another size in its own files; what it stands on stays read-only. */
export async function resizeInPlace(
  engine: Engine,
  image: BlockNode,
  sizeBytes: number,
  shrink: boolean,
  options: ImgOptions,
): Promise<void> {
  const node = {
    ...makeWritable(image),
    file: makeWritable(image.file),
    ...('data-file' in image && { 'data-file': makeWritable(image['data-file']) }),
  };
  await runImg(engine, ['resize', '-q', ...(shrink ? ['--shrink'] : []), blockFile(node), String(sizeBytes)], options);
}

function makeWritable(node: unknown): object {
  return typeof node === 'object' && node !== null ? { ...node, 'read-only': false } : {};
}
