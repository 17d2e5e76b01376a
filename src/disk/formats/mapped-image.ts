import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import type { DiskImage } from '../disk-image.ts';
import { isInside } from '../source/check-range.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import type { OpenFile } from '../source/open-file.ts';
import type { ImageLayout, Piece } from './format.ts';

/** The disk that a layout describes: asks for piece after piece and puts them together. */
export function createMappedImage(format: ImageFormat, file: OpenFile, layout: ImageLayout): DiskImage {
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    const all = [file, ...(layout.files ?? []), ...(layout.parent ? [layout.parent] : [])];
    await Promise.all(all.map(each => each.close()));
  };
  return {
    path: file.path,
    format,
    variant: layout.variant,
    virtualSize: layout.virtualSize,
    fileSize: file.size,
    sectorSize: layout.sectorSize,
    parents: layout.parents,
    obstacles: layout.obstacles,
    async read(offset, length, signal) {
      if (!isInside(offset, length, layout.virtualSize)) throw outside(file.path, offset, length, layout.virtualSize);
      return await readPieces(file, layout, offset, length, signal);
    },
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

async function readPieces(
  file: OpenFile,
  layout: ImageLayout,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let done = 0;
  while (done < length) {
    if (signal?.aborted) throw cancelledFault(signal, `Reading "${file.path}"`);
    const piece = await layout.locate(offset + done, length - done, signal);
    if (!(piece.length > 0 && piece.length <= length - done)) {
      throw invalidStructure(file.path, 'block map', offset + done, 'gives a block of impossible length');
    }
    parts.push(await readPiece(file, layout, piece, offset + done, signal));
    done += piece.length;
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length);
}

async function readPiece(
  file: OpenFile,
  layout: ImageLayout,
  piece: Piece,
  offset: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  switch (piece.kind) {
    case 'zero':
      return Buffer.alloc(piece.length);
    case 'bytes':
      // A copy: the bytes also stand in a cache.
      return Buffer.from(piece.bytes);
    case 'file':
      if (!isInside(piece.offset, piece.length, piece.source.size)) {
        throw invalidStructure(piece.source.path, 'data block', piece.offset, 'lies past the end of the file', {
          length: piece.length,
          fileSize: piece.source.size,
          diskOffset: offset,
        });
      }
      return await piece.source.read(piece.offset, piece.length, signal);
    case 'parent':
      return await readParent(file, layout, offset, piece.length, signal);
  }
}

async function readParent(
  file: OpenFile,
  layout: ImageLayout,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const parent = layout.parent;
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
  const inside = Math.max(0, Math.min(length, parent.virtualSize - offset));
  if (inside === length) return await parent.read(offset, length, signal);
  // A disk can be larger than its parent; what lies past the parent's end is zero.
  const bytes = Buffer.alloc(length);
  if (inside > 0) (await parent.read(offset, inside, signal)).copy(bytes);
  return bytes;
}

function outside(path: string, offset: number, length: number, virtualSize: number): Fault {
  return new Fault('invalid', `Bytes ${offset} to ${offset + length} lie outside of the disk "${path}".`, {
    data: { path, offset, length, virtualSize },
  });
}
