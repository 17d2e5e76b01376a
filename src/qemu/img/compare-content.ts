import { Fault } from '../../errors/fault.ts';
import type { Engine } from '../engine.ts';
import type { BlockNode } from '../guest/source-node.ts';
import { blockFile } from './block-file.ts';
import { type ImgOptions, runImg } from './run-img.ts';

/** Throws a Fault `failed` unless both disks hold the same bytes; zeros at the end of one do not count. */
export async function compareContent(
  engine: Engine,
  source: BlockNode,
  copy: BlockNode,
  options: ImgOptions,
): Promise<void> {
  const { exitCode } = await runImg(engine, compareArguments(source, copy), { ...options, answers: [0, 1] });
  if (exitCode === 0) return;
  const { image, target } = options.subject;
  throw new Fault('failed', `The copy of ${image.path} does not hold the same bytes; it was removed.`, {
    remedy: 'Try again; when it happens again, check the memory and the disks of the host.',
    data: { image: image.path, target },
  });
}

/** qemu-img's arguments for that. */
export function compareArguments(source: BlockNode, copy: BlockNode): string[] {
  return ['compare', '-p', blockFile(source), blockFile(copy)];
}
