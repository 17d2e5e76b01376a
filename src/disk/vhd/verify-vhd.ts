import { Fault } from '../../errors/fault.ts';
import type { VerifyContext } from '../disk-layer.ts';
import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';
import { hasChecksum, isVhdFooter, type VhdFooter } from './vhd-footer.ts';
import { checkBlockPlace, unused, type VhdMap } from './vhd-map.ts';

const structure = 'VHD block allocation table';
const step = 1024 * 1024;
/** A table with more wrong entries is none. */
const mostWrongEntries = 1000;
/** The largest disk has a quarter of these blocks at the usual size; what is beyond is not looked at for overlaps. */
const mostPlaces = 4 * 1024 * 1024;

/** Checks footers, table and the place of every block of a dynamic or differencing VHD. */
export async function verifyVhd(
  file: ByteReader,
  footer: VhdFooter,
  map: VhdMap,
  { signal, report }: VerifyContext,
): Promise<void> {
  await verifyFooters(file, footer, { signal, report });
  const fail = (offset: number, message: string) =>
    report({ severity: 'error', path: file.path, structure, offset, message });
  const places = new Float64Array(Math.min(map.blocks, mostPlaces));
  let count = 0;
  let wrong = 0;
  for (let from = 0; from < map.blocks * 4; from += step) {
    const bytes = await file.read(map.tableOffset + from, Math.min(step, map.blocks * 4 - from), signal);
    for (let at = 0; at < bytes.length; at += 4) {
      const sector = bytes.readUInt32BE(at);
      if (sector === unused) continue;
      const problem = placeProblem(map, (from + at) / 4, sector * 512);
      if (problem === undefined) {
        if (count < places.length) places[count++] = sector * 512;
        continue;
      }
      fail(map.tableOffset + from + at, problem);
      if (++wrong === mostWrongEntries) return;
    }
  }
  for (const place of findOverlaps(places.subarray(0, count), map.bitmapSize + map.blockSize)) {
    fail(place, `Two blocks lie over each other at byte ${place}.`);
    if (++wrong === mostWrongEntries) return;
  }
}

/** The places at which a block begins inside of another one of the same size. */
function* findOverlaps(places: Float64Array, size: number): Generator<number> {
  const sorted = places.sort();
  for (let index = 1; index < sorted.length; index++) {
    const place = sorted[index] ?? 0;
    if (place - (sorted[index - 1] ?? 0) < size) yield place;
  }
}

function placeProblem(map: VhdMap, block: number, place: number): string | undefined {
  try {
    checkBlockPlace(map, block, place);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
  const fits = isInside(place, map.bitmapSize + map.blockSize, map.file.size);
  return fits ? undefined : `Block ${block} at byte ${place} reaches past the end of the file.`;
}

async function verifyFooters(file: ByteReader, footer: VhdFooter, { signal, report }: VerifyContext): Promise<void> {
  const warn = (what: string, offset: number) => {
    const message = 'It is missing or has a wrong checksum; the other one was used.';
    report({ severity: 'warning', path: file.path, structure: what, offset, message });
  };
  // The one at the end is always preferred.
  if (footer.offset === 0) warn('VHD footer', file.size - 512);
  const copy = await file.read(0, 512, signal);
  if (!isVhdFooter(copy) || !hasChecksum(copy)) warn('VHD footer copy', 0);
}
