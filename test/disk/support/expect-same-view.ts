import { expect } from 'vitest';
import type { DiskImage } from '../../../src/disk/disk-image.ts';
import type { LocatedPiece } from '../../../src/disk/formats/format.ts';
import type { DiskModel } from './disk-model.ts';

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** What can be read and found out of an image at once. */
const mostAtOnce = 4 * 1024 * 1024;

/** Compares what an image reads in some ranges with what it should. */
export async function expectSameBytes(image: DiskImage, model: DiskModel, ranges: readonly Range[]): Promise<void> {
  for (const { offset, length } of ranges) {
    const bytes = await image.read(offset, length);
    if (!bytes.equals(model.read(offset, length))) expectDifference(bytes, model, offset);
  }
}

function expectDifference(bytes: Buffer, model: DiskModel, offset: number): void {
  const expected = model.read(offset, bytes.length);
  const at = bytes.findIndex((byte, index) => byte !== expected[index]);
  expect.fail(
    `byte ${offset + at} is wrong: ${bytes.toString('hex', at, at + 8)} instead of ${expected.toString('hex', at, at + 8)}`,
  );
}

/** Walks through ranges by `locate`, and compares what stands at the places that it gives. */
export async function expectSameMap(image: DiskImage, model: DiskModel, ranges: readonly Range[]): Promise<void> {
  const touched = model.touched();
  for (const { offset, length } of ranges) {
    for (let at = offset; at < offset + length; ) {
      const piece = await image.locate(at, offset + length - at);
      expect(piece.length).toBeGreaterThan(0);
      expect(piece.length).toBeLessThanOrEqual(offset + length - at);
      await expectSamePiece(piece, at, model, touched);
      at += piece.length;
    }
  }
}

/** A piece can be far too large to be read: what was written there, its edges, and no more. */
async function expectSamePiece(
  piece: LocatedPiece,
  at: number,
  model: DiskModel,
  touched: readonly Range[],
): Promise<void> {
  const edges = [
    { offset: at, length: Math.min(4096, piece.length) },
    { offset: at + Math.max(0, piece.length - 4096), length: Math.min(4096, piece.length) },
  ];
  for (const { offset, length } of [...edges, ...touched]) {
    const from = Math.max(at, offset);
    const count = Math.min(at + piece.length, offset + length) - from;
    for (let done = 0; done < count; done += mostAtOnce) {
      const step = Math.min(mostAtOnce, count - done);
      const bytes = await readPiece(piece, from + done - at, step);
      if (!bytes.equals(model.read(from + done, step))) expectDifference(bytes, model, from + done);
    }
  }
}

async function readPiece(piece: LocatedPiece, within: number, length: number): Promise<Buffer> {
  if (piece.kind === 'zero') return Buffer.alloc(length);
  if (piece.kind === 'bytes') return piece.bytes.subarray(within, within + length);
  return await piece.source.read(piece.offset + within, length);
}
