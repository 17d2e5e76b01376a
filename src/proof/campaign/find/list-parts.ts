import path from 'node:path';
import { detectFormat } from '../../../disk/formats/detect-format.ts';
import { isDescriptor, readDescriptorFile } from '../../../disk/formats/vmdk/read-descriptor-file.ts';
import { type OpenOptions, openImage } from '../../../disk/open-image.ts';
import { openFile } from '../../../disk/source/open-file.ts';
import { Fault } from '../../../errors/fault.ts';

/** What an image stands on. */
export interface ImageParts {
  readonly parents: readonly string[];
  /** Files that hold its data, where the image itself only lists them. */
  readonly extents: readonly string[];
}

/** What belongs to an image; nothing when it can not be opened, which its proof will tell. */
export async function listParts(file: string, options: OpenOptions & { signal: AbortSignal }): Promise<ImageParts> {
  const [parents, extents] = [
    await tolerate(() => listParents(file, options)),
    await tolerate(() => listExtents(file, options.signal)),
  ];
  return { parents, extents };
}

async function listParents(file: string, options: OpenOptions): Promise<readonly string[]> {
  const image = await openImage(file, options);
  try {
    return image.parents;
  } finally {
    await image.close();
  }
}

async function listExtents(image: string, signal: AbortSignal): Promise<string[]> {
  const file = await openFile(image, signal);
  try {
    if ((await detectFormat(file, signal)) !== 'vmdk') return [];
    const head = await file.read(0, Math.min(512, file.size), signal);
    if (!isDescriptor(head.toString('utf8'))) return [];
    const { extents } = await readDescriptorFile(file, signal);
    return extents.flatMap(({ fileName }) =>
      fileName === undefined ? [] : [path.resolve(path.dirname(image), fileName)],
    );
  } finally {
    await file.close();
  }
}

async function tolerate(work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    return [];
  }
}
