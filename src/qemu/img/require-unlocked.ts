import { Fault } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import type { Engine } from '../engine.ts';
import { blockFile } from './block-file.ts';
import { runImg } from './run-img.ts';
import { driverOf } from './target-format.ts';

interface Files {
  readonly path: string;
  readonly format: ImageFormat;
  readonly parents: readonly string[];
}

/** Each is a process of its own. */
const mostChecked = 8;

/**
 * Fault `conflict` (with the names of those that hold it) when another QEMU has the image or one of its parents open for
 * writing: what is read while somebody writes is no state that the disk ever had. For images that QEMU does not open itself.
 */
export async function requireUnlocked(engine: Engine, image: Files, signal: AbortSignal): Promise<void> {
  const files = [image.path, ...image.parents].slice(0, mostChecked);
  await Promise.all(files.map(path => requireUnlockedFile(engine, path, image.format, signal)));
}

/** QEMU asks for its lock before it looks at the content, of which it may well think badly. */
async function requireUnlockedFile(
  engine: Engine,
  path: string,
  format: ImageFormat,
  signal: AbortSignal,
): Promise<void> {
  const file = { driver: 'file', filename: path, 'read-only': true, 'auto-read-only': false };
  const node = { driver: driverOf(format), 'read-only': true, file };
  try {
    await runImg(engine, ['info', '--output=json', blockFile(node)], { subject: { image: { path, format } }, signal });
  } catch (error) {
    if (signal.aborted || (error instanceof Fault && error.data?.reason === 'locked')) throw error;
  }
}
