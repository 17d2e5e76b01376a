import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { FileSystem } from '../file-system.ts';
import { makeFolderWalk } from '../folder-walk.ts';
import { type FatGeometry, parseFatBootSector } from './parse-boot-sector.ts';
import { type FatEntry, parseFolder } from './parse-folder.ts';

/** 8,192 entries of 32 bytes: what boots keeps to small folders, and a hostile one must not cost much. */
const longestFolder = 256 * 1024;

export interface FatFileSystem extends FileSystem {
  /** The label in the root folder. */
  label(signal?: AbortSignal): Promise<string | undefined>;
}

/** Opens FAT12, FAT16 or FAT32; names are compared without regard to case. */
export async function openFat(volume: ByteReader, signal?: AbortSignal): Promise<FatFileSystem> {
  const geometry = parseFatBootSector(await readStructure(volume, 'FAT boot sector', 0, 512, signal));
  if (!geometry) throw invalidStructure(volume.path, 'FAT boot sector', 0, 'is not that of a FAT file system');
  const cached = cachePages(volume);
  const readRoot = async (stop?: AbortSignal): Promise<Buffer> =>
    geometry.bits === 32
      ? await readChain(cached, geometry, geometry.rootCluster, longestFolder, stop)
      : await readStructure(cached, 'FAT root folder', geometry.rootStart, geometry.rootSize, stop);
  const readFolder = async (entry: FatEntry, stop?: AbortSignal): Promise<FatEntry[]> => {
    const isRoot = entry.cluster === 0;
    const bytes = isRoot ? await readRoot(stop) : await readChain(cached, geometry, entry.cluster, longestFolder, stop);
    return parseFolder(bytes).filter(each => !each.isLabel);
  };
  const root = { name: '', isFolder: true, isLabel: false, cluster: 0, size: 0 };
  const { find, list } = makeFolderWalk<FatEntry>(root, entry => entry.cluster, readFolder);
  return {
    list,
    async readFile(path, most, stop) {
      const entry = await find(path, stop);
      if (!entry || entry.isFolder) return undefined;
      const length = Math.min(entry.size, most);
      if (length === 0 || entry.cluster === 0) return Buffer.alloc(0);
      return (await readChain(cached, geometry, entry.cluster, length, stop)).subarray(0, length);
    },
    async label(stop) {
      return parseFolder(await readRoot(stop)).find(each => each.isLabel)?.name;
    },
  };
}

/** At most `most` bytes, rounded up to clusters, of the chain that starts at `cluster`; a loop runs into that bound. */
async function readChain(
  volume: ByteReader,
  geometry: FatGeometry,
  cluster: number,
  most: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let current: number | undefined = cluster;
  let done = 0;
  while (current !== undefined && done < most) {
    const start = geometry.dataStart + (current - 2) * geometry.clusterSize;
    parts.push(await readStructure(volume, 'FAT cluster', start, geometry.clusterSize, signal));
    done += geometry.clusterSize;
    current = await nextCluster(volume, geometry, current, signal);
  }
  return Buffer.concat(parts);
}

async function nextCluster(
  volume: ByteReader,
  geometry: FatGeometry,
  cluster: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { bits, tableStart } = geometry;
  const place = Math.floor((cluster * bits) / 8);
  const bytes = await readStructure(volume, 'file allocation table', tableStart + place, bits === 32 ? 4 : 2, signal);
  let next: number;
  if (bits === 32) next = bytes.readUInt32LE(0) & 0x0fffffff;
  else if (bits === 16) next = bytes.readUInt16LE(0);
  else next = cluster % 2 === 0 ? bytes.readUInt16LE(0) & 0xfff : bytes.readUInt16LE(0) >> 4;
  return next >= 2 && next < geometry.clusters + 2 ? next : undefined;
}
