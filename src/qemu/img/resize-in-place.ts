import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';

/** Gives the image of a node, described for reading, another size in its own file; what it stands on stays read-only. */
export async function resizeInPlace(
  engine: Engine,
  image: BlockNode & { readonly file?: unknown },
  sizeBytes: number,
  shrink: boolean,
  options: ImgOptions,
): Promise<void> {
  const { file } = image;
  const storage = typeof file === 'object' && file !== null ? { ...file, 'read-only': false } : file;
  const node = { ...image, 'read-only': false, file: storage };
  await runImg(engine, ['resize', '-q', ...(shrink ? ['--shrink'] : []), blockFile(node), String(sizeBytes)], options);
}
