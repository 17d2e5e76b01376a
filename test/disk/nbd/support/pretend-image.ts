import type { DiskImage } from '../../../../src/disk/disk-image.ts';
import type { LocatedPiece, Piece } from '../../../../src/disk/formats/format.ts';
import { createMappedImage } from '../../../../src/disk/formats/mapped-image.ts';
import type { OpenFile } from '../../../../src/disk/source/open-file.ts';

/** One stretch of a disk: where it is from, or why it can not be read. */
export type Stretch =
  | { readonly kind: 'file' | 'bytes' | 'zero'; readonly length: number }
  | { readonly kind: 'broken'; readonly length: number; readonly error: unknown };

export interface Pretence {
  /** Answers by promises, as formats do that have to read tables. */
  readonly late?: boolean;
  /** Called before each read of the file; the read waits for it. */
  readonly beforeRead?: () => Promise<void>;
}

/** Bytes that differ from their neighbours, and are never zero. */
const content = Buffer.alloc(64 * 1024 * 1024);
for (let at = 0; at < content.length; at++) content[at] = 1 + ((at * 31 + (at >> 8) * 7) % 255);

/** A disk made of stretches, through the code that puts the pieces of all formats together. */
export function pretendImage(stretches: readonly Stretch[], { late = false, beforeRead }: Pretence = {}): DiskImage {
  const virtualSize = stretches.reduce((sum, { length }) => sum + length, 0);
  const read = async (offset: number, length: number) => {
    await beforeRead?.();
    return Buffer.from(content.subarray(offset, offset + length));
  };
  const file: OpenFile = { path: '/pretended.img', size: content.length, identity: '', read, close: async () => {} };
  const locateNow = (offset: number, length: number): Piece => {
    let start = 0;
    for (const stretch of stretches) {
      const end = start + stretch.length;
      if (offset < end) {
        const count = Math.min(length, end - offset);
        return makePiece(stretch, file, offset, count);
      }
      start = end;
    }
    throw new Error('There is no such place.');
  };
  return createMappedImage('raw', file, {
    virtualSize,
    sectorSize: 512,
    parents: [],
    obstacles: [],
    locate: late ? async (offset, length) => locateNow(offset, length) : locateNow,
  });
}

function makePiece(stretch: Stretch, file: OpenFile, offset: number, length: number): LocatedPiece {
  switch (stretch.kind) {
    case 'file':
      return { kind: 'file', source: file, offset, length };
    case 'bytes':
      return { kind: 'bytes', bytes: content.subarray(offset, offset + length), length };
    case 'zero':
      return { kind: 'zero', length };
    case 'broken':
      throw stretch.error;
  }
}
