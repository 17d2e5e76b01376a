import path from 'node:path';
import { buildOnce } from '../../../scripts/sample/build-cache.ts';
import { type DirtyOptions, makeDirtyVhdx } from './dirty-vhdx.ts';
import { diskFolder } from './disk-folder.ts';

/** A raw test image as a dynamic VHDX whose log was never replayed, kept beside the others. */
export async function dirtyImage(raw: string, options: Omit<DirtyOptions, 'dataWriteId'> = {}): Promise<string> {
  const marks = [options.blockSize, options.damagedFrom].map(value => value ?? 0).join('-');
  const name = `${path.basename(raw, '.img')}-${marks}.vhdx`;
  return buildOnce(path.join(diskFolder, name), async work => {
    const target = path.join(work, name);
    await makeDirtyVhdx(raw, target, options);
    return target;
  });
}
