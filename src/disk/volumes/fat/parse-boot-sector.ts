import { isPowerOfTwo } from '../../source/integers.ts';

export interface FatGeometry {
  readonly bits: 12 | 16 | 32;
  readonly sectorSize: number;
  readonly clusterSize: number;
  /** All places in bytes from the start of the volume. */
  readonly tableStart: number;
  readonly tableSize: number;
  /** The root folder of FAT12 and FAT16; empty for FAT32. */
  readonly rootStart: number;
  readonly rootSize: number;
  readonly rootCluster: number;
  readonly dataStart: number;
  readonly clusters: number;
  /** Bits of an entry of the table that count. */
  readonly mask: number;
  /** Bytes of the whole volume. */
  readonly size: number;
}

/** The geometry in a FAT boot sector, or undefined when the fields can not be those of one. */
export function parseFatBootSector(boot: Buffer): FatGeometry | undefined {
  if (boot.length < 512 || boot.readUInt16LE(510) !== 0xaa55) return undefined;
  const jump = boot.readUInt8(0);
  const sectorSize = boot.readUInt16LE(11);
  const sectorsPerCluster = boot.readUInt8(13);
  const reserved = boot.readUInt16LE(14);
  const tables = boot.readUInt8(16);
  const media = boot.readUInt8(21);
  if (jump !== 0xeb && jump !== 0xe9) return undefined;
  if (!isPowerOfTwo(sectorSize) || sectorSize < 512 || sectorSize > 4096 || !isPowerOfTwo(sectorsPerCluster))
    return undefined;
  if (reserved === 0 || tables === 0 || tables > 4 || (media < 0xf8 && media !== 0xf0)) return undefined;
  const small = boot.readUInt16LE(22);
  const tableSectors = small === 0 ? boot.readUInt32LE(36) : small;
  const totalSectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  const rootEntries = boot.readUInt16LE(17);
  const rootSectors = Math.ceil((rootEntries * 32) / sectorSize);
  const dataSector = reserved + tables * tableSectors + rootSectors;
  const clusters = Math.floor((totalSectors - dataSector) / sectorsPerCluster);
  if (tableSectors === 0 || clusters < 1 || (small === 0 && rootEntries !== 0)) return undefined;
  // FAT32 has no root folder of fixed size; of the other two the number of clusters decides.
  const bits = small === 0 ? 32 : clusters < 4085 ? 12 : 16;
  // FAT32 can have its tables differ; then the lowest bits say which one counts.
  const flags = bits === 32 ? boot.readUInt16LE(40) : 0;
  const table = (flags & 0x80) !== 0 ? Math.min(flags & 15, tables - 1) : 0;
  return {
    bits,
    mask: bits === 32 ? 0x0fffffff : 2 ** bits - 1,
    sectorSize,
    clusterSize: sectorsPerCluster * sectorSize,
    tableStart: (reserved + table * tableSectors) * sectorSize,
    tableSize: tableSectors * sectorSize,
    rootStart: (dataSector - rootSectors) * sectorSize,
    rootSize: bits === 32 ? 0 : rootSectors * sectorSize,
    rootCluster: bits === 32 ? boot.readUInt32LE(44) : 0,
    dataStart: dataSector * sectorSize,
    clusters,
    size: totalSectors * sectorSize,
  };
}
