import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import type { ImgSubject } from './explain-img-failure.ts';
import { runImg } from './run-img.ts';

// { "required": 5636096, "fully-allocated": 67436544 }
const measured = z.object({ required: z.number().min(0) });

/**
 * About how many bytes a sparse copy of the disk takes up: what QEMU measures for qcow2, which is close for every format that
 * leaves holes out. Where QEMU can not tell, what `files` take up themselves.
 */
export async function measureImage(
  engine: Engine,
  source: BlockNode,
  files: readonly string[],
  subject: ImgSubject,
  signal: AbortSignal,
): Promise<number> {
  const args = ['measure', '--output=json', '-O', 'qcow2', blockFile(source)];
  try {
    const { stdout } = await runImg(engine, args, { subject, signal });
    return measured.parse(JSON.parse(stdout)).required;
  } catch (error) {
    // A locked or damaged image fails here as it would later; only "too large to be measured" is no reason to stop.
    if (!(error instanceof Fault) || error.code !== 'unsupported') throw error;
    const sizes = await Promise.all(files.map(file => stat(file)));
    return sizes.reduce((sum, { blocks, size }) => sum + Math.min(size, blocks * 512), 0);
  }
}
