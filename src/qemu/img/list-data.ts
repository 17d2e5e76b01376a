import { z } from 'zod';
import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';

// [{ "start": 0, "length": 65536, "depth": 0, "present": true, "zero": false, "data": true, "offset": 327680 }, …]
const map = z.array(z.object({ start: z.number(), length: z.number(), zero: z.boolean() }));

export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** The stretches of a disk from `start` on that may hold anything but zeros, in order; nothing of them is read. */
export async function listData(
  engine: Engine,
  image: BlockNode,
  start: number,
  options: ImgOptions,
): Promise<Stretch[]> {
  const args = ['map', '--output=json', `--start-offset=${start}`, blockFile(image)];
  const { stdout } = await runImg(engine, args, options);
  return map.parse(JSON.parse(stdout)).filter(({ zero }) => !zero);
}
