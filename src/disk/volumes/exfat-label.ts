import type { ByteReader } from '../source/byte-reader.ts';
import { readStructure } from '../source/read-structure.ts';

/** The label of an exFAT volume: an entry of type 0x83 in the first cluster of the root folder. */
export async function readExfatLabel(volume: ByteReader, signal?: AbortSignal): Promise<string | undefined> {
  const boot = await readStructure(volume, 'exFAT boot sector', 0, 512, signal);
  const sectorSize = 2 ** boot.readUInt8(108);
  const clusterSize = sectorSize * 2 ** boot.readUInt8(109);
  const root = boot.readUInt32LE(88) * sectorSize + (boot.readUInt32LE(96) - 2) * clusterSize;
  const folder = await readStructure(volume, 'exFAT root folder', root, Math.min(clusterSize, 32 * 1024), signal);
  for (let at = 0; at + 32 <= folder.length && folder.readUInt8(at) !== 0; at += 32) {
    if (folder.readUInt8(at) !== 0x83) continue;
    const length = Math.min(folder.readUInt8(at + 1), 11);
    return length === 0 ? undefined : folder.toString('utf16le', at + 2, at + 2 + length * 2);
  }
  return undefined;
}
