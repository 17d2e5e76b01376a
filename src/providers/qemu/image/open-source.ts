import path from 'node:path';
import { openImage } from '../../../disk/open-image.ts';
import { Fault } from '../../../errors/fault.ts';
import { createRunFolder } from '../../../host/run-folder.ts';
import type { ImageFormat, Obstacle } from '../../../model/image.ts';
import { isServed, type SourceImage, openSource as serveSource } from '../../../proof/open-source.ts';
import type { Engine } from '../../../qemu/engine.ts';
import { findEngine } from '../../../qemu/find-engine.ts';
import { type BlockNode, describeSource } from '../../../qemu/guest/source-node.ts';
import { requireUnlocked } from '../../../qemu/img/require-unlocked.ts';
import type { QemuSession } from '../session.ts';

/** An image that can be read in full, looked over and closed again. */
export interface Source {
  /** Absolute. */
  readonly path: string;
  readonly format: ImageFormat;
  readonly virtualSize: number;
  readonly sectorSize: number;
  /** The files on which it stands, nearest first. */
  readonly parents: readonly string[];
  readonly obstacles: readonly Obstacle[];
  readonly warnings: readonly string[];
}

/** How a caller names an image. */
export interface NamedImage {
  readonly image: string;
  readonly format?: ImageFormat | undefined;
  readonly parents?: readonly string[] | undefined;
}

/**
 * Looks an image over. Faults: `unsupported` when a part of its content can not be had, and `conflict` when that is because
 * another program is writing it. `field` is the one that named it.
 */
export async function lookOverSource(
  session: QemuSession,
  named: NamedImage,
  field: string,
  signal: AbortSignal,
): Promise<Source> {
  const file = path.resolve(named.image);
  const { format, parents } = named;
  const image = await openImage(file, { format, parents, signal }).catch((error: unknown) => {
    throw error instanceof Fault ? error.with({ data: { field, ...error.data } }) : error;
  });
  try {
    const { obstacles, virtualSize, sectorSize } = image;
    const blocking = obstacles.find(obstacle => obstacle.blocking);
    if (blocking !== undefined) {
      await refuseHalfWritten(session, image, signal);
      throw new Fault('unsupported', `The image ${file} can not be read in full: ${blocking.message}`, {
        remedy: blocking.remedy,
        data: { field, obstacles },
      });
    }
    const warnings = obstacles.map(({ message }) => message);
    return { path: file, format: image.format, virtualSize, sectorSize, parents: image.parents, obstacles, warnings };
  } finally {
    await image.close();
  }
}

/** Tables that speak of what the file does not hold yet are those of an image that somebody is writing. */
async function refuseHalfWritten(
  { environment }: QemuSession,
  { path: file, format, parents }: SourceImage,
  signal: AbortSignal,
): Promise<void> {
  const engine = await findEngine(environment.engine, signal).catch(() => undefined);
  if (engine !== undefined) await requireUnlocked(engine, { path: file, format, parents: parents ?? [] }, signal);
}

/** A source that QEMU's programs can read, until it is closed. */
export interface ReadableSource {
  readonly node: BlockNode;
  close(): Promise<void>;
}

/** Opens a source to be read: served by our own reader where QEMU's would refuse it. `runRoot` is for the socket. */
export async function openReadable(
  source: Source,
  { engine, runRoot, signal }: { readonly engine: Engine; readonly runRoot: string; readonly signal: AbortSignal },
): Promise<ReadableSource> {
  const folder = await createRunFolder(runRoot, 'read');
  try {
    const served = await serveSource(source, { engine, folder: folder.path, signal });
    if (served === undefined) {
      await folder.remove();
      return { node: await describeSource(source.path, source.format), close: async () => {} };
    }
    const close = async () => {
      await served.close();
      await folder.remove();
    };
    return { node: served.node, close };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** The same for something that is to stand on it for good, which QEMU's own driver must be able to open. */
export async function describeBase(source: Source, field: string): Promise<BlockNode> {
  const { path: file, obstacles, parents, format } = source;
  const dirty = obstacles.some(({ code }) => code === 'dirty_log');
  if (isServed(format) && (dirty || parents.length > 0)) {
    const why = dirty ? 'was not closed cleanly' : 'is a differencing disk';
    throw new Fault('unsupported', `Nothing can stand on ${file}: it ${why}, which QEMU does not open by itself.`, {
      remedy: 'Make one clean image of it with image.export, and use that.',
      data: { field, path: file },
    });
  }
  return describeSource(file, format);
}
