import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type CopyRequest, type CopyServices, copyFromImage } from '../../../src/disk/files/copy-out.ts';
import { type ListRequest, listImageItems } from '../../../src/disk/files/list-items.ts';
import { imageCopy, imageListing } from '../../../src/model/image-files.ts';

export function quietly(signal = new AbortController().signal): CopyServices {
  return { signal, progress: () => undefined };
}

/** Lists as the tool does; the answer has to be one by its schema. */
export async function list(request: Partial<ListRequest> & { image: string }) {
  const all = { path: '/', limit: 1000, ...request };
  return imageListing.parse(await listImageItems(all, new AbortController().signal));
}

/** Copies as the tool does; the answer has to be one by its schema. */
export async function copy(request: CopyRequest, services = quietly()) {
  return imageCopy.parse(await copyFromImage(request, services));
}

/** A new folder for a copy, and what is in it afterwards. */
export function makeTarget(folder: string): { target: string; left: () => string[] } {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return { target: path.join(folder, 'copy'), left: () => readdirSync(folder) };
}
