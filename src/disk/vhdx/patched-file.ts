import { type ByteReader, fill, readInto } from '../source/byte-reader.ts';
import { checkRange } from '../source/check-range.ts';
import { logSector } from './log-entry.ts';
import { findBorder, type Painted } from './paint-changes.ts';

/** Stretches of a file that are to be read from its log. */
export interface PatchTable extends Painted {
  /** By the number of a change: where it begins, where its data stands in the file (-1: zeros), and its first 8 and last 4 bytes. */
  readonly origins: Float64Array;
  readonly places: Float64Array;
  readonly edges: Buffer;
}

/** A file as it would be with its log replayed. What lies past the end of the real file is zero. */
export function patchFile(file: ByteReader, patches: PatchTable, size: number): ByteReader {
  const fillPatched = async (target: Buffer, offset: number, signal?: AbortSignal): Promise<void> => {
    checkRange(patched, 'range', offset, target.length);
    const end = offset + target.length;
    // The first stretch that does not end before the range begins.
    let next = findBorder(patches.ends, offset + 1);
    for (let at = offset; at < end; ) {
      const start = Math.min(end, patches.starts[next] ?? end);
      if (at < start) {
        await readPlain(file, target.subarray(at - offset, start - offset), at, signal);
        at = start;
        continue;
      }
      const stop = Math.min(end, patches.ends[next] ?? end);
      await readChange(file, patches, next, target.subarray(at - offset, stop - offset), at, signal);
      at = stop;
      next++;
    }
  };
  const patched: ByteReader = {
    path: file.path,
    size,
    readInto: fillPatched,
    fill(target, start, length, offset, done) {
      const change = patches.starts[findBorder(patches.ends, offset + 1)] ?? size;
      // Most of the file is as it was, and read as fast.
      if (offset + length <= Math.min(change, file.size)) fill(file, target, start, length, offset, done);
      else fillPatched(target.subarray(start, start + length), offset).then(() => done(), done);
    },
    async read(offset, length, signal) {
      checkRange(patched, 'range', offset, length);
      const bytes = Buffer.allocUnsafeSlow(length);
      await fillPatched(bytes, offset, signal);
      return bytes;
    },
  };
  return patched;
}

async function readPlain(file: ByteReader, target: Buffer, offset: number, signal?: AbortSignal): Promise<void> {
  const inside = Math.max(0, Math.min(target.length, file.size - offset));
  if (inside > 0) await readInto(file, target.subarray(0, inside), offset, signal);
  target.fill(0, inside);
}

async function readChange(
  file: ByteReader,
  patches: PatchTable,
  stretch: number,
  target: Buffer,
  offset: number,
  signal?: AbortSignal,
): Promise<void> {
  const change = patches.changes[stretch] ?? 0;
  const place = patches.places[change] ?? -1;
  if (place < 0) {
    target.fill(0);
    return;
  }
  const sector = await file.read(place, logSector, signal);
  patches.edges.copy(sector, 0, change * 12, change * 12 + 8);
  patches.edges.copy(sector, logSector - 4, change * 12 + 8, change * 12 + 12);
  sector.copy(target, 0, offset - (patches.origins[change] ?? 0));
}
