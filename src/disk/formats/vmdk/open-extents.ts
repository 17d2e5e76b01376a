import { dirname, resolve } from 'node:path';
import { Fault } from '../../../errors/fault.ts';
import type { Obstacle } from '../../../model/image.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { type OpenFile, openFile } from '../../source/open-file.ts';
import { largestDisk } from '../largest-disk.ts';
import { locateFlat } from '../locate-flat.ts';
import { truncatedObstacle } from '../truncated-obstacles.ts';
import type { Extent } from './extent.ts';
import { openCowExtent } from './open-cow-extent.ts';
import { openSparseExtent } from './open-sparse-extent.ts';
import type { ExtentLine, VmdkDescriptor } from './parse-descriptor.ts';

const mostExtents = 2048;
const flatTypes = new Set(['FLAT', 'VMFS', 'VMFSRDM', 'VMFSRAW']);

/** Opens every extent that a descriptor lists; a missing one becomes an obstacle, and a Fault only when it is read. */
export async function openExtents(
  image: OpenFile,
  descriptor: VmdkDescriptor,
  signal?: AbortSignal,
): Promise<Extent[]> {
  const total = descriptor.extents.reduce((sum, line) => sum + line.sectors * 512, 0);
  if (descriptor.extents.length > mostExtents || total > largestDisk) {
    throw invalidStructure(image.path, 'VMDK descriptor', 0, 'describes an impossibly large disk', { total });
  }
  const extents: Extent[] = [];
  try {
    const sharers = descriptor.extents.length;
    for (const line of descriptor.extents) extents.push(await openExtent(image, line, sharers, signal));
    return extents;
  } catch (error) {
    await Promise.all(extents.map(extent => extent.file?.close()));
    throw error;
  }
}

async function openExtent(image: OpenFile, line: ExtentLine, sharers: number, signal?: AbortSignal): Promise<Extent> {
  const size = line.sectors * 512;
  if (line.type === 'ZERO') return { size, locate: async (_offset, length) => ({ kind: 'zero', length }) };
  if (line.fileName === undefined || line.access === 'NOACCESS') {
    throw invalidStructure(image.path, 'VMDK descriptor', 0, `has an extent of type ${line.type} that names no file`);
  }
  // Descriptors made on Windows may name a folder with a backslash.
  const path = resolve(dirname(image.path), line.fileName);
  let file: OpenFile;
  try {
    file = await openFile(path, signal);
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return missingExtent(image.path, path, size, error);
    throw error;
  }
  try {
    return { ...(await readExtent(image, file, line, sharers, signal)), size, file };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readExtent(
  image: OpenFile,
  file: OpenFile,
  line: ExtentLine,
  sharers: number,
  signal?: AbortSignal,
): Promise<Extent> {
  const size = line.sectors * 512;
  if (flatTypes.has(line.type)) {
    const start = line.offset * 512;
    const short = start + size > file.size;
    const obstacles = short ? [truncatedObstacle(file.path, file.size, start + size)] : [];
    return { size, obstacles, locate: locateFlat(file, size, start) };
  }
  if (line.type === 'SPARSE' || line.type === 'VMFSSPARSE') {
    const open = line.type === 'SPARSE' ? openSparseExtent : openCowExtent;
    const extent = await open(file, sharers, signal);
    if (extent.size < size) {
      throw invalidStructure(file.path, 'VMDK extent header', 0, 'gives a smaller extent than the descriptor', {
        size: extent.size,
        wanted: size,
      });
    }
    return extent;
  }
  throw new Fault('unsupported', `"${image.path}" has an extent of the type ${line.type}, which can not be read.`, {
    remedy: 'Export the disk with VMware (vmware-vdiskmanager -r IMAGE -t 0 NEW, or an OVF export) and use that.',
    data: { path: image.path, structure: 'VMDK descriptor', offset: 0, type: line.type },
  });
}

function missingExtent(image: string, path: string, size: number, fault: Fault): Extent {
  const obstacle: Obstacle = {
    code: 'missing_extent',
    blocking: true,
    message: `A part of the disk "${image}" is missing: "${path}".`,
    remedy: 'Copy all files of the disk into one folder, with the names that the descriptor gives.',
  };
  return {
    size,
    obstacles: [obstacle],
    locate: async () => {
      throw fault;
    },
  };
}
