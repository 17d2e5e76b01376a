import path from 'node:path';
import { detectFormat } from '../../../disk/formats/detect-format.ts';
import { openFile } from '../../../disk/source/open-file.ts';
import { Fault } from '../../../errors/fault.ts';

const imageNames = /\.(a?vhdx?|vpc|qcow2?|vmdk|vdi|raw|img|dd|iso)$/i;
/** What programs call a file until they have written all of it. */
const unfinishedNames = /\.(part|partial|filepart|crdownload|download|incomplete|tmp|temp|!ut)$/i;
/** What VMware notes beside a disk: which of its blocks changed. */
const changeListNames = /-ctk\.vmdk$/i;
/** What macOS notes beside a file, on disks that have no place for it. */
const appleDouble = '00051607';
/** Smaller files that end in the mark of a boot sector are boot sectors, not disks. */
const leastDisk = 1024 * 1024;

export const noImage = 'It is no disk image, by name or content.';

/**
 * Why a file that nobody named is taken for no disk image; undefined when it is one, by its name or by its content. A damaged
 * image with the name of one is one all the same: that is for the proof to find out.
 */
export async function explainNoImage(file: string, signal: AbortSignal): Promise<string | undefined> {
  const name = path.basename(file);
  try {
    if (name.startsWith('._') && (await readHead(file, signal)) === appleDouble) {
      return 'It holds what macOS notes beside another file.';
    }
    if (changeListNames.test(name) && !(await hasContentOfImage(file, signal))) {
      return 'It holds what VMware notes beside a disk: the blocks that changed.';
    }
    if (imageNames.test(name)) return undefined;
    if (!(await hasContentOfImage(file, signal))) return noImage;
    return unfinishedNames.test(name) ? 'By its name it is not whole yet.' : undefined;
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'cancelled') throw error;
    return imageNames.test(name) ? undefined : error.message.replace(`"${file}"`, 'It');
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

async function readHead(path: string, signal: AbortSignal): Promise<string> {
  const file = await openFile(path, signal);
  try {
    return (await file.read(0, Math.min(4, file.size), signal)).toString('hex');
  } finally {
    await file.close();
  }
}
