import { z } from 'zod';
import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';

// "snapshots": [{ "name": "first snap", "id": "1", … }]
const information = z.object({ snapshots: z.array(z.object({ name: z.string() })).default([]) });

/** Names of the snapshots inside an image. */
export async function listSnapshots(engine: Engine, image: BlockNode, options: ImgOptions): Promise<string[]> {
  // info opens no backing file, and refuses to be told of one.
  const top = 'backing' in image ? { ...image, backing: null } : image;
  const { stdout } = await runImg(engine, ['info', '--output=json', blockFile(top)], options);
  return information.parse(JSON.parse(stdout)).snapshots.map(({ name }) => name);
}
