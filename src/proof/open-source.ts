import { exportImage, type ImageExport } from '../disk/nbd/export-image.ts';
import type { ImageFormat } from '../model/image.ts';
import type { Engine } from '../qemu/engine.ts';
import { describeExport } from '../qemu/guest/export-node.ts';
import type { BlockNode } from '../qemu/guest/source-node.ts';
import { requireUnlocked } from '../qemu/img/require-unlocked.ts';

/** An image with all that it stands on, as inspection found it. */
export interface SourceImage {
  readonly path: string;
  readonly format: ImageFormat;
  readonly parents?: readonly string[] | undefined;
}

/** A disk that is read by our own reader and served to QEMU; to be closed by whoever opened it. */
export interface ServedSource {
  readonly node: BlockNode;
  /** Bytes. */
  readonly virtualSize: number;
  readonly served: ImageExport;
  close(): Promise<void>;
}

interface Circumstances {
  readonly engine: Engine;
  /** A private folder, for the socket. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** QEMU's own drivers refuse these when they were not closed, or stand on a parent; ours reads them as they are. */
export function isServed(format: ImageFormat): boolean {
  return format === 'vhdx' || format === 'vhd';
}

/**
 * Opens an image with our own reader and serves it to QEMU. Undefined for a format that QEMU reads itself. Faults: those of
 * `openImage`, and `conflict` when another QEMU writes to the image.
 */
export async function openSource(
  { path, format, parents = [] }: SourceImage,
  { engine, folder, signal }: Circumstances,
): Promise<ServedSource | undefined> {
  if (!isServed(format)) return undefined;
  const [unlocked, opened] = await Promise.allSettled([
    requireUnlocked(engine, { path, format, parents }, signal),
    exportImage({ path, format, parents, folder, signal }),
  ]);
  if (opened.status === 'rejected') throw unlocked.status === 'rejected' ? unlocked.reason : opened.reason;
  const served = opened.value;
  if (unlocked.status === 'rejected') {
    await served.close();
    throw unlocked.reason;
  }
  const { virtualSize } = served;
  return { node: describeExport(served), virtualSize, served, close: () => served.close() };
}
