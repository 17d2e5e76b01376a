import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { ImageFormat, Obstacle } from '../../model/image.ts';
import type { DiskImage } from '../disk-image.ts';
import type { DiskLayer } from '../disk-layer.ts';
import { readInto } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import type { OpenFile } from '../source/open-file.ts';
import type { ImageLayout, LocatedPiece, Piece } from './format.ts';

type Locate = DiskImage['locate'];

/** The disk that a layout describes: asks for piece after piece and puts them together. */
export function createMappedImage(format: ImageFormat, file: OpenFile, layout: ImageLayout): DiskImage {
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    const all = [file, ...(layout.files ?? []), ...(layout.parent ? [layout.parent] : [])];
    await Promise.all(all.map(each => each.close()));
  };
  const locate = locateThroughParents(file, layout);
  const inherited = layout.parent?.obstacles ?? [];
  const own = layout.obstacles.filter(obstacle => !inherited.includes(obstacle));
  return {
    path: file.path,
    format,
    variant: layout.variant,
    virtualSize: layout.virtualSize,
    fileSize: file.size,
    sectorSize: layout.sectorSize,
    parents: layout.parents,
    layers: [describeLayer(format, file, layout, own), ...(layout.parent?.layers ?? [])],
    obstacles: [...own, ...inherited],
    locate,
    async read(offset, length, signal) {
      if (!isInside(offset, length, layout.virtualSize)) throw outside(file.path, offset, length, layout.virtualSize);
      return await readPieces(file.path, locate, offset, length, signal);
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

function describeLayer(
  format: ImageFormat,
  file: OpenFile,
  layout: ImageLayout,
  obstacles: readonly Obstacle[],
): DiskLayer {
  const { variant, virtualSize, sectorSize, survey, verify, locate, details } = layout;
  return {
    ...details,
    path: file.path,
    format,
    variant,
    virtualSize,
    fileSize: file.size,
    sectorSize,
    obstacles,
    survey,
    verify,
    locate,
  };
}

/** Whatever `locate` of a layout gives is checked here, before anybody reads where it says. */
function locateThroughParents(file: OpenFile, layout: ImageLayout): Locate {
  const resolve = (piece: Piece, offset: number, length: number, signal?: AbortSignal) => {
    if (!(piece.length > 0 && piece.length <= length)) {
      throw invalidStructure(file.path, 'block map', offset, 'gives a block of impossible length');
    }
    if (piece.kind === 'parent') return locateInParent(file, layout, offset, piece.length, signal);
    if (piece.kind === 'file' && !isInside(piece.offset, piece.length, piece.source.size)) {
      throw invalidStructure(piece.source.path, 'data block', piece.offset, 'lies past the end of the file', {
        length: piece.length,
        fileSize: piece.source.size,
        diskOffset: offset,
      });
    }
    return piece;
  };
  return (offset, length, signal) => {
    if (length < 1 || !isInside(offset, length, layout.virtualSize)) {
      throw outside(file.path, offset, length, layout.virtualSize);
    }
    const piece = layout.locate(offset, length, signal);
    if (piece instanceof Promise) return piece.then(found => resolve(found, offset, length, signal));
    return resolve(piece, offset, length, signal);
  };
}

function locateInParent(
  file: OpenFile,
  layout: ImageLayout,
  offset: number,
  length: number,
  signal?: AbortSignal,
): LocatedPiece | Promise<LocatedPiece> {
  const { parent } = layout;
  if (!parent) {
    throw new Fault(
      'not_found',
      `Byte ${offset} of the disk "${file.path}" lies in a parent that could not be opened.`,
      {
        remedy: 'Put the parent files beside the image, or merge the chain into one image.',
        data: { path: file.path, offset, parents: layout.parents },
      },
    );
  }
  // A disk can be larger than its parent; what lies past the parent's end is zero.
  const inside = Math.min(length, parent.virtualSize - offset);
  return inside > 0 ? parent.locate(offset, inside, signal) : { kind: 'zero', length };
}

async function readPieces(
  path: string,
  locate: Locate,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    if (signal?.aborted) throw cancelledFault(signal, `Reading "${path}"`);
    const found = locate(offset + done, length - done, signal);
    const piece = found instanceof Promise ? await found : found;
    if (piece.kind === 'bytes') piece.bytes.copy(bytes, done);
    else if (piece.kind === 'file') {
      await readInto(piece.source, bytes.subarray(done, done + piece.length), piece.offset, signal);
    }
    done += piece.length;
  }
  return bytes;
}

function outside(path: string, offset: number, length: number, virtualSize: number): Fault {
  return new Fault('invalid', `Bytes ${offset} to ${offset + length} lie outside of the disk "${path}".`, {
    data: { path, offset, length, virtualSize },
  });
}
