import path from 'node:path';
import { identifyFile } from '../../../disk/identify-file.ts';
import { openImage } from '../../../disk/open-image.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ImageFormat } from '../../../model/image.ts';
import { type BlockNode, describeSource } from '../../../qemu/guest/source-node.ts';

/** An image that can be read in full, closed again. */
export interface Source {
  /** Absolute. */
  readonly path: string;
  readonly format: ImageFormat;
  readonly virtualSize: number;
  readonly sectorSize: number;
  /** The files on which it stands, nearest first. */
  readonly parents: readonly string[];
  readonly node: BlockNode;
  readonly warnings: readonly string[];
}

/** Looks an image over; Fault `unsupported` when a part of its content can not be had. `field` is the one that named it. */
export async function openSource(
  raw: string,
  format: ImageFormat | undefined,
  field: string,
  signal: AbortSignal,
): Promise<Source> {
  const file = path.resolve(raw);
  const image = await openImage(file, { format, signal }).catch((error: unknown) => {
    throw error instanceof Fault ? error.with({ data: { ...error.data, field } }) : error;
  });
  try {
    const blocking = image.obstacles.find(obstacle => obstacle.blocking);
    if (blocking !== undefined) {
      throw new Fault('unsupported', `The image ${file} can not be read in full: ${blocking.message}`, {
        remedy: blocking.remedy,
        data: { field, obstacles: image.obstacles },
      });
    }
    const node = await describeSource(file, image.format);
    const { virtualSize, sectorSize, parents } = image;
    const warnings = image.obstacles.map(({ message }) => message);
    return { path: file, format: image.format, virtualSize, sectorSize, parents, node, warnings };
  } finally {
    await image.close();
  }
}

/** Text that is another one as soon as a file of the source was written to. */
export async function fingerprintSource({ path: file, parents }: Source, signal: AbortSignal): Promise<string> {
  const files = await Promise.all([file, ...parents].map(each => identifyFile(each, { signal })));
  return JSON.stringify(files.map(({ size, modified, inode }) => [size, modified, inode]));
}
