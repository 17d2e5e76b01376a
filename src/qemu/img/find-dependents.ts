import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cancelledFault } from '../../errors/fault.ts';
import { readQcow2References } from '../guest/qcow2-references.ts';

const mostFiles = 2000;

/**
 * The qcow2 images in the folder of an image that stand on it. Others may, elsewhere: an image does not know who stands on
 * it.
 */
export async function findDependents(image: string, signal?: AbortSignal): Promise<string[]> {
  const folder = dirname(image);
  const own = await stat(image, { bigint: true });
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.filter(each => each.isFile()).slice(0, mostFiles)) {
    if (signal?.aborted) throw cancelledFault(signal, `Looking for images that stand on ${image}`);
    const path = join(folder, entry.name);
    // What can not be read now, or is gone, says nothing.
    const { backing, dataFile } = await readQcow2References(path).catch(() => ({
      backing: undefined,
      dataFile: undefined,
    }));
    for (const name of [backing?.name, dataFile]) {
      if (name === undefined) continue;
      const named = await stat(resolve(folder, name.replace(/^file:/, '')), { bigint: true }).catch(() => undefined);
      if (named !== undefined && named.ino === own.ino && named.dev === own.dev) found.push(path);
    }
  }
  return found;
}
