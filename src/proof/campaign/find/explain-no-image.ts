import path from 'node:path';
import { detectFormat } from '../../../disk/formats/detect-format.ts';
import { openFile } from '../../../disk/source/open-file.ts';
import { Fault } from '../../../errors/fault.ts';

const imageNames = /\.(a?vhdx?|vpc|qcow2?|vmdk|vdi|raw|img|dd|iso)$/i;
/** Smaller files that end in the mark of a boot sector are boot sectors, not disks. */
const leastDisk = 1024 * 1024;

/**
 * Why a file that nobody named is taken for no disk image; undefined when it is one, by its name or by its content. A damaged
 * image with the name of one is one all the same: that is for the proof to find out.
 */
export async function explainNoImage(file: string, signal: AbortSignal): Promise<string | undefined> {
  if (imageNames.test(path.basename(file))) return undefined;
  try {
    return (await hasContentOfImage(file, signal)) ? undefined : 'It is no disk image, by name or content.';
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    return error.message;
  }
}

async function hasContentOfImage(path: string, signal: AbortSignal): Promise<boolean> {
  const file = await openFile(path, signal);
  try {
    if ((await detectFormat(file, signal)) !== 'raw') return true;
    // A disk without format has no mark of its own but that of its first sector.
    if (file.size < leastDisk || file.size % 512 !== 0) return false;
    return (await file.read(510, 2, signal)).readUInt16LE(0) === 0xaa55;
  } finally {
    await file.close();
  }
}
