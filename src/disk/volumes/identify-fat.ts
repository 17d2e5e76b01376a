import type { ByteReader } from '../source/byte-reader.ts';
import { openFat } from './fat/open-fat.ts';
import { parseFatBootSector } from './fat/parse-boot-sector.ts';
import type { VolumeKind } from './identify-volume.ts';

const noName = 'NO NAME';

/** FAT12, FAT16 or FAT32, with the label from the root folder, else from the boot sector. */
export async function identifyFat(
  volume: ByteReader,
  head: Buffer,
  signal?: AbortSignal,
): Promise<VolumeKind | undefined> {
  const geometry = parseFatBootSector(head);
  if (!geometry) return undefined;
  const at = geometry.bits === 32 ? 71 : 43;
  const inBootSector = head.readUInt8(at - 5) === 0x29 ? head.toString('latin1', at, at + 11).trim() : '';
  const label = (await rootLabel(volume, signal)) ?? (inBootSector === noName ? '' : inBootSector);
  return { fileSystem: `fat${geometry.bits}`, ...(label === '' ? {} : { label }) };
}

async function rootLabel(volume: ByteReader, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return await (await openFat(volume, signal)).label(signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}
