import { type CopyRequest, copyFromImage, planCopy } from '../disk/files/copy-out.ts';
import { type ListRequest, listImageItems } from '../disk/files/list-items.ts';
import type { CallContext } from '../model/call.ts';
import type { ImageCopy, ImageListing } from '../model/image-files.ts';
import type { PlanStep } from '../model/plan.ts';

/** Lists a folder of an image, as listImageItems says. */
export async function imageList(input: ListRequest, call: CallContext): Promise<ImageListing> {
  return await listImageItems(input, call.signal);
}

/** Copies a file or folder out of an image, as copyFromImage says. */
export async function imageCopy(input: CopyRequest, call: CallContext): Promise<ImageCopy> {
  return await copyFromImage(input, { signal: call.signal, progress: update => call.progress(update) });
}

export async function planImageCopy(input: CopyRequest, call: CallContext): Promise<PlanStep[]> {
  return await planCopy(input, call.signal);
}
