import { stat } from 'node:fs/promises';
import path from 'node:path';
import { openImage } from '../../../disk/open-image.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { createDraftFolder } from '../../../host/draft-folder.ts';
import { placeFile } from '../../../host/place-file.ts';
import type { ImageFormat } from '../../../model/image.ts';
import type { TargetFormat } from '../../../qemu/img/target-format.ts';
import { explainFolder } from './explain-folder.ts';

export interface ImageOrder {
  /** Absolute, and free when it was looked at. */
  readonly target: string;
  readonly format: TargetFormat;
  readonly virtualSize: number;
  readonly signal: AbortSignal;
  /** Makes the file `name` in `folder`; when it throws, nothing works on that folder any more. */
  readonly write: (folder: string, name: string) => Promise<void>;
}

export interface MadeImage {
  path: string;
  format: ImageFormat;
  variant?: string;
  virtualSize: number;
  fileSize: number;
  allocatedSize: number;
}

/**
 * Makes an image in a private folder beside its final place, looks it over and gives it its name, never over another
 * file. When this throws, nothing of it is left.
 */
export async function makeImage({ target, format, virtualSize, signal, write }: ImageOrder): Promise<MadeImage> {
  const folder = path.dirname(target);
  try {
    const draft = await createDraftFolder(folder);
    try {
      const name = nameDraft(target, format);
      const file = path.join(draft.path, name);
      await write(draft.path, name);
      const made = await lookOver(file, { format, virtualSize, signal });
      if (signal.aborted) throw cancelledFault(signal, `Making ${target}`);
      await placeFile(file, target);
      return { ...made, path: target };
    } finally {
      // What can not be removed now is removed before the next file is made there.
      await draft.remove().catch(() => undefined);
    }
  } catch (error) {
    throw explainFolder(error, folder);
  }
}

/**
 * A VMDK records its own name, so it gets the final one from the start, unless that could be read as something else there.
 * All others get a name that no program can misunderstand.
 */
export function nameDraft(target: string, format: TargetFormat): string {
  const name = path.basename(target);
  return format === 'vmdk' && /^[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,120}\.vmdk$/.test(name) ? name : `image.${format}`;
}

async function lookOver(
  file: string,
  { format, virtualSize, signal }: Pick<ImageOrder, 'format' | 'virtualSize' | 'signal'>,
): Promise<MadeImage> {
  const image = await openImage(file, { format, signal });
  try {
    const { blocks } = await stat(file);
    const obstacle = image.obstacles.find(({ blocking }) => blocking);
    if (image.virtualSize !== virtualSize || obstacle !== undefined) {
      const found = obstacle?.message ?? `It holds ${image.virtualSize} bytes instead of ${virtualSize}.`;
      throw new Fault('failed', `QEMU made an image that is not what was asked for. ${found}`, {
        remedy: 'Try another format, or another version of QEMU.',
        data: { format, virtualSize, found: image.virtualSize },
      });
    }
    const { variant, fileSize } = image;
    return {
      path: file,
      format,
      ...(variant === undefined ? {} : { variant }),
      virtualSize,
      fileSize,
      allocatedSize: blocks * 512,
    };
  } finally {
    await image.close();
  }
}
