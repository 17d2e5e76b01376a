import { Fault } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import { type DiskVolume, findVolumes } from '../guest/find-volumes.ts';
import { plainText } from '../guest/plain-text.ts';
import { Notes } from '../guest/tolerate.ts';
import { openImage } from '../open-image.ts';
import { cachePages } from '../source/cache-pages.ts';

export interface ImageRequest {
  readonly image: string;
  readonly format?: ImageFormat | undefined;
  readonly parents?: readonly string[] | undefined;
  readonly partition?: number | undefined;
}

export interface OpenVolumes {
  readonly path: string;
  readonly volumes: readonly DiskVolume[];
  /** What is odd about the image or its partitions, as sentences. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** Opens an image read-only and finds what fills it. Throws the Faults of `openImage`. The caller closes it. */
export async function openVolumes(request: ImageRequest, signal: AbortSignal): Promise<OpenVolumes> {
  const { format, parents } = request;
  const image = await openImage(request.image, { format, parents, signal }).catch((error: unknown) => {
    throw error instanceof Fault ? error.with({ data: { ...error.data, field: 'image' } }) : error;
  });
  try {
    const notes = new Notes();
    const read = image.read.bind(image);
    const disk = cachePages({ path: image.path, size: image.virtualSize, read });
    const found = await findVolumes(disk, image.sectorSize, notes, signal);
    const obstacles = [...image.obstacles, ...found.table.obstacles, ...notes.obstacles];
    return {
      path: image.path,
      volumes: found.volumes,
      warnings: obstacles.map(({ message }) => plainText(message)),
      close: () => image.close(),
    };
  } catch (error) {
    await image.close();
    throw error;
  }
}
