import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildOnce } from '../../../scripts/sample/build-cache.ts';
import { mbrBiosGrub } from '../images/index.ts';
import { diskFolder } from './disk-folder.ts';

// As Linux's boot protocol has them, from the first byte of the kernel's file.
const headerMark = { at: 0x202, text: 'HdrS' };
const setupSectorsAt = 0x1f1;
const payloadAt = 0x248;
const protectedModeEntry = 0x200;
const sector = 512;

/** A raw disk on which a part of the kernel's compressed code was overwritten: the file is whole, its header sound. */
export async function damagedKernel(): Promise<string> {
  const name = 'damaged-kernel.img';
  return buildOnce(path.join(diskFolder, name), async work => {
    const disk = readFileSync(await mbrBiosGrub({ format: 'raw' }));
    const kernel = findKernel(disk);
    const payload =
      kernel + ((disk[kernel + setupSectorsAt] ?? 0) + 1) * sector + disk.readUInt32LE(kernel + payloadAt);
    disk.fill(0xa5, payload + 0x80_000, payload + 0x80_000 + 0x1000);
    const target = path.join(work, name);
    writeFileSync(target, disk);
    return target;
  });
}

function findKernel(disk: Buffer): number {
  for (let at = disk.indexOf(headerMark.text); at >= 0; at = disk.indexOf(headerMark.text, at + 1)) {
    const start = at - headerMark.at;
    const jump = disk.readUInt16LE(start + protectedModeEntry) & 0xff;
    // Files begin with a block of their file system; a short jump leads over the header.
    if (start % 1024 === 0 && jump === 0xeb) return start;
  }
  throw new Error('there is no kernel on the disk');
}
