import { open } from 'node:fs/promises';
import { openImage } from '../../../disk/open-image.ts';
import { Fault } from '../../../errors/fault.ts';

const magic = 0x514649fb;
const dataFileFeature = 4n;

/**
 * Makes sure that a qcow2 from elsewhere names no other file and returns the size of its disk. `shown` is the path that a
 * person knows it by. Faults: `invalid`, `unsupported` (encrypted, snapshots, features that are not known).
 */
export async function checkStandalone(file: string, shown: string, signal: AbortSignal): Promise<number> {
  refuseReferences(await readStart(file), shown);
  const image = await openImage(file, { format: 'qcow2', signal });
  try {
    const blocking = image.obstacles.find(obstacle => obstacle.blocking);
    if (blocking !== undefined || image.parents.length > 0) {
      throw refuse('unsupported', shown, blocking?.message ?? 'it stands on another file');
    }
    return image.virtualSize;
  } finally {
    await image.close();
  }
}

/** Only what stands at fixed places counts: QEMU finds the names themselves anywhere in the first cluster. */
function refuseReferences(start: Buffer, shown: string): void {
  if (start.length < 72 || start.readUInt32BE(0) !== magic) throw refuse('invalid', shown, 'it is no qcow2 image');
  if (start.readBigUInt64BE(8) !== 0n) throw refuse('invalid', shown, 'it stands on another file, a backing file');
  const version = start.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refuse('unsupported', shown, `its format has version ${version}`);
  if (version === 3 && start.length < 104) throw refuse('invalid', shown, 'it is cut off');
  if (version === 3 && (start.readBigUInt64BE(72) & dataFileFeature) !== 0n) {
    throw refuse('invalid', shown, 'its content is in another file, a data file');
  }
  if (start.readUInt32BE(32) !== 0) throw refuse('unsupported', shown, 'it is encrypted');
  if (start.readUInt32BE(60) !== 0) throw refuse('unsupported', shown, 'it has snapshots inside');
}

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(112), 0, 112, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function refuse(code: 'invalid' | 'unsupported', file: string, why: string): Fault {
  return new Fault(code, `The disk ${file} is refused: ${why}.`, {
    remedy: 'Export the machine again with vm.export, whose disks stand alone.',
    data: { field: 'source', path: file },
  });
}
