import { identifyFile } from '../../../disk/identify-file.ts';
import { Fault } from '../../../errors/fault.ts';
import type { Source } from './open-source.ts';

/** Text that is another one as soon as a file of the source was written to. */
export async function fingerprintSource({ path: file, parents }: Source, signal: AbortSignal): Promise<string> {
  const files = await Promise.all([file, ...parents].map(each => identifyFile(each, { signal })));
  return JSON.stringify(files.map(({ size, modified, inode }) => [size, modified, inode]));
}

/** The Fault for an image that was not left alone while it was copied. */
export function changedSource({ path }: Pick<Source, 'path'>): Fault {
  return new Fault('conflict', `The image ${path} was written to while it was copied; the copy was removed.`, {
    remedy: 'Stop whatever uses the image, then try again.',
    data: { field: 'image', reason: 'changed', path },
  });
}
