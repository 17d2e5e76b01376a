import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { ClusterLayout } from '../fat/cluster-table.ts';

export interface ExfatGeometry extends ClusterLayout {
  readonly rootCluster: number;
}

/** The geometry in the boot sector of an exFAT volume; sizes stand there as powers of two. */
export async function readExfatBootSector(volume: ByteReader, signal?: AbortSignal): Promise<ExfatGeometry> {
  const boot = await readStructure(volume, 'exFAT boot sector', 0, 512, signal);
  const fail = (problem: string, facts = {}) => invalidStructure(volume.path, 'exFAT boot sector', 0, problem, facts);
  if (boot.toString('latin1', 3, 11) !== 'EXFAT   ') throw fail('lacks the name "EXFAT"');
  const sectorShift = boot.readUInt8(108);
  const clusterShift = sectorShift + boot.readUInt8(109);
  if (sectorShift < 9 || sectorShift > 12 || clusterShift > 25) {
    throw fail('gives impossible sizes', { sectorShift, clusterShift });
  }
  const sectorSize = 2 ** sectorShift;
  const tableSize = boot.readUInt32LE(84) * sectorSize;
  // With two tables the lowest flag says which one counts.
  const table = boot.readUInt8(110) === 2 ? boot.readUInt16LE(106) & 1 : 0;
  return {
    bits: 32,
    mask: 0xffffffff,
    clusterSize: 2 ** clusterShift,
    tableStart: boot.readUInt32LE(80) * sectorSize + table * tableSize,
    tableSize,
    dataStart: boot.readUInt32LE(88) * sectorSize,
    clusters: boot.readUInt32LE(92),
    rootCluster: boot.readUInt32LE(96),
  };
}
