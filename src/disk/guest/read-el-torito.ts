import type { ByteReader } from '../source/byte-reader.ts';
import { isInside } from '../source/check-range.ts';

export interface ElToritoEntry {
  readonly platform: 'bios' | 'uefi' | 'other';
  /** Where the boot image lies on the disc, in bytes. */
  readonly offset: number;
}

const sector = 2048;
const lastSectionHeader = 0x91;
const sectionHeader = 0x90;
const bootable = 0x88;

/** The bootable entries of an optical disc's boot catalogue; empty when it has none. */
export async function readElTorito(disc: ByteReader, signal?: AbortSignal): Promise<ElToritoEntry[]> {
  if (!isInside(17 * sector, sector, disc.size)) return [];
  const record = await disc.read(17 * sector, sector, signal);
  if (record.toString('latin1', 1, 6) !== 'CD001' || record.toString('latin1', 7, 30) !== 'EL TORITO SPECIFICATION')
    return [];
  const place = record.readUInt32LE(71) * sector;
  if (!isInside(place, sector, disc.size)) return [];
  const catalogue = await disc.read(place, sector, signal);
  if (catalogue.readUInt8(0) !== 1 || catalogue.readUInt16LE(30) !== 0xaa55) return [];
  const entries = readEntry(catalogue, 32, catalogue.readUInt8(1));
  let at = 64;
  while (at + 32 <= sector) {
    const mark = catalogue.readUInt8(at);
    if (mark !== sectionHeader && mark !== lastSectionHeader) break;
    const platform = catalogue.readUInt8(at + 1);
    const count = catalogue.readUInt16LE(at + 2);
    at += 32;
    for (let index = 0; index < count && at + 32 <= sector; index++, at += 32) {
      entries.push(...readEntry(catalogue, at, platform));
    }
    if (mark === lastSectionHeader) break;
  }
  return entries;
}

function readEntry(catalogue: Buffer, at: number, platform: number): ElToritoEntry[] {
  if (catalogue.readUInt8(at) !== bootable) return [];
  const kind = platform === 0xef ? 'uefi' : platform === 0 ? 'bios' : 'other';
  return [{ platform: kind, offset: catalogue.readUInt32LE(at + 8) * sector }];
}
