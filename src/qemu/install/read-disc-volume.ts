import { open } from 'node:fs/promises';
import { Fault } from '../../errors/fault.ts';
import { createStorageFault } from '../../host/download/storage-fault.ts';

const sector = 2048;

/**
 * The volume name of an ISO 9660 disc, e.g. `virtio-win-0.1.285`. Faults: `failed` when the file is none, or shorter
 * than the disc says that it is.
 */
export async function readDiscVolume(file: string): Promise<string> {
  const descriptor = Buffer.alloc(sector);
  const handle = await open(file).catch(error => {
    throw createStorageFault(file, error);
  });
  try {
    const { bytesRead } = await handle.read(descriptor, 0, sector, 16 * sector);
    const { size } = await handle.stat();
    // ECMA-119, 8.4: the primary descriptor has type 1; its numbers stand there in both byte orders.
    const isDisc = bytesRead === sector && descriptor.toString('latin1', 0, 6) === '\u0001CD001';
    const blocks = descriptor.readUInt32LE(80) * descriptor.readUInt16LE(128);
    if (!isDisc || blocks > size) {
      throw new Fault('failed', `The file ${file} is not a whole ISO 9660 disc.`, { data: { file, bytes: size } });
    }
    return descriptor
      .toString('latin1', 40, 72)
      .replace(/[^\x20-\x7e]/g, '')
      .trim();
  } finally {
    await handle.close();
  }
}
