import type { ByteReader } from '../source/byte-reader.ts';
import { checkRange } from '../source/check-range.ts';
import { invalidStructure } from '../source/invalid-structure.ts';
import { readStructure } from '../source/read-structure.ts';
import type { FileContent } from './file-system.ts';

/** Where a part of a content lies. */
export interface Place {
  /** Byte on the volume; undefined for a hole. */
  readonly at: number | undefined;
  /** At least 1; may reach past the end of the content. */
  readonly length: number;
}

export interface PlacedContent {
  /** For messages, e.g. "NTFS cluster run". */
  readonly structure: string;
  readonly size: number;
  readonly mayHaveHoles?: boolean | undefined;
  locate(offset: number, signal?: AbortSignal): Place | Promise<Place>;
}

/** Content that lies in pieces on a volume. */
export function placedContent(volume: ByteReader, placed: PlacedContent): FileContent {
  const { structure, size } = placed;
  if (!Number.isSafeInteger(size)) {
    throw invalidStructure(volume.path, structure, 0, 'is of a file of impossible size', { size });
  }
  const locate = async (offset: number, signal?: AbortSignal): Promise<Place> => {
    const { at, length } = await placed.locate(offset, signal);
    if (!(length >= 1)) throw invalidStructure(volume.path, structure, at ?? 0, 'has no length');
    return { at, length: Math.min(length, size - offset) };
  };
  const content: FileContent = {
    path: volume.path,
    size,
    mayHaveHoles: placed.mayHaveHoles ?? true,
    mostData: volume.size,
    async stretch(offset, signal) {
      checkRange(content, 'file content', offset, 1);
      const { at, length } = await locate(offset, signal);
      return { isHole: at === undefined, length };
    },
    async read(offset, length, signal) {
      checkRange(content, 'file content', offset, length);
      if (length === 0) return Buffer.alloc(0);
      const first = await locate(offset, signal);
      if (first.at !== undefined && first.length >= length)
        return await readStructure(volume, structure, first.at, length, signal);
      const bytes = Buffer.alloc(length);
      let place = first;
      for (let done = 0; ; ) {
        const count = Math.min(place.length, length - done);
        if (place.at !== undefined) (await readStructure(volume, structure, place.at, count, signal)).copy(bytes, done);
        done += count;
        if (done === length) return bytes;
        place = await locate(offset + done, signal);
      }
    },
  };
  return content;
}

/** Content that is at hand; Fault `invalid` when there is less of it than its size says. */
export function bytesContent(path: string, structure: string, bytes: Buffer, size: number): FileContent {
  if (size > bytes.length) {
    throw invalidStructure(path, structure, 0, `has ${bytes.length} bytes of a file of ${size}`);
  }
  const content: FileContent = {
    path,
    size,
    mayHaveHoles: false,
    mostData: size,
    async stretch(offset) {
      checkRange(content, 'file content', offset, 1);
      return { isHole: false, length: size - offset };
    },
    async read(offset, length) {
      checkRange(content, 'file content', offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
  return content;
}
