import type { ByteReader } from '../../source/byte-reader.ts';
import { isPowerOfTwo, le64 } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';

export interface NtfsGeometry {
  readonly clusterSize: number;
  /** Bytes of a file record and of an index block. */
  readonly recordSize: number;
  readonly tableStart: number;
}

export async function readNtfsBootSector(volume: ByteReader, signal?: AbortSignal): Promise<NtfsGeometry> {
  const boot = await readStructure(volume, 'NTFS boot sector', 0, 512, signal);
  const fail = (problem: string, facts = {}) => invalidStructure(volume.path, 'NTFS boot sector', 0, problem, facts);
  if (boot.toString('latin1', 3, 11) !== 'NTFS    ') throw fail('lacks the name "NTFS"');
  const sectorSize = boot.readUInt16LE(11);
  const rawSectors = boot.readUInt8(13);
  // Above 128 the byte is the negative exponent of a power of two.
  const clusterSize = sectorSize * (rawSectors > 128 ? 2 ** (256 - rawSectors) : rawSectors);
  if (!isPowerOfTwo(sectorSize) || sectorSize < 256 || sectorSize > 4096)
    throw fail('gives an impossible sector size', { sectorSize });
  if (!isPowerOfTwo(clusterSize) || clusterSize > 2 * 1024 ** 2)
    throw fail('gives an impossible cluster size', { clusterSize });
  const rawRecord = boot.readInt8(64);
  const recordSize = rawRecord < 0 ? 2 ** -rawRecord : rawRecord * clusterSize;
  if (!isPowerOfTwo(recordSize) || recordSize < 512 || recordSize > 65536)
    throw fail('gives an impossible record size', { recordSize });
  return { clusterSize, recordSize, tableStart: le64(boot, 48) * clusterSize };
}
