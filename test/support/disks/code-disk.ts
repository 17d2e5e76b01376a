import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildOnce } from '../../../scripts/sample/build-cache.ts';
import { createBootDisk } from '../../qemu/support/boot-sector.ts';
import { diskFolder } from './disk-folder.ts';

/** A raw disk whose boot sector is the given machine code. */
export async function codeDisk(code: readonly number[], mebibytes = 16): Promise<string> {
  const name = `code-${createHash('sha256').update(Buffer.from(code)).digest('hex').slice(0, 12)}-${mebibytes}.img`;
  return buildOnce(path.join(diskFolder, name), async work => {
    const target = path.join(work, name);
    writeFileSync(target, createBootDisk(code, mebibytes * 2 ** 20));
    return target;
  });
}
