import { Fault } from '../../../errors/fault.ts';
import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { FileItem, FileSystem, FolderEntry } from '../file-system.ts';
import { makeFileSystem } from '../make-file-system.ts';
import { chainContent } from './chain-content.ts';
import { ClusterTable } from './cluster-table.ts';
import { type FatGeometry, parseFatBootSector } from './parse-boot-sector.ts';
import { type FatEntry, parseFolder } from './parse-folder.ts';

/** 65,536 entries of 32 bytes: what systems keep to. */
const longestFolder = 2 * 1024 * 1024;

export interface FatFileSystem extends FileSystem {
  /** The label in the root folder. */
  label(signal?: AbortSignal): Promise<string | undefined>;
}

/** Opens FAT12, FAT16 or FAT32; names are compared without regard to case. Times, which have no zone there, are taken for UTC. */
export async function openFat(volume: ByteReader, signal?: AbortSignal): Promise<FatFileSystem> {
  const geometry = parseFatBootSector(await readStructure(volume, 'FAT boot sector', 0, 512, signal));
  if (!geometry) throw invalidStructure(volume.path, 'FAT boot sector', 0, 'is not that of a FAT file system');
  const reader = new FatReader(cachePages(volume), geometry);
  const rules = { ignoresCase: true, followsLinks: false, hasBackslashes: true };
  return {
    ...makeFileSystem(async () => reader.root(), rules),
    label: stop => reader.label(stop),
  };
}

/** The bytes of a folder, and what ended the reading of it before its end. */
interface FolderBytes {
  readonly bytes: Buffer;
  readonly fault?: Fault | undefined;
}

class FatReader {
  readonly #volume: ByteReader;
  readonly #geometry: FatGeometry;
  readonly #table: ClusterTable;

  constructor(volume: ByteReader, geometry: FatGeometry) {
    this.#volume = volume;
    this.#geometry = geometry;
    this.#table = new ClusterTable(volume, geometry);
  }

  root(): FileItem {
    return this.#folderItem(this.#geometry.rootCluster, undefined);
  }

  async label(signal?: AbortSignal): Promise<string | undefined> {
    const { bytes, fault } = await this.#readFolder(this.#geometry.rootCluster, signal);
    const label = parseFolder(bytes).find(each => each.isLabel)?.name;
    if (label === undefined && fault) throw fault;
    return label;
  }

  #open(entry: FatEntry): FileItem {
    const { cluster, size, modified } = entry;
    // A folder at cluster 0 is the root folder; only damage names it.
    if (entry.isFolder) return this.#folderItem(cluster === 0 ? this.#geometry.rootCluster : cluster, modified);
    const content = async () => chainContent(this.#table, { first: cluster, size });
    return { kind: 'file', id: cluster, size, modified, content };
  }

  #folderItem(cluster: number, modified: Date | undefined): FileItem {
    return { kind: 'folder', id: cluster, size: 0, modified, entries: signal => this.#list(cluster, signal) };
  }

  async *#list(cluster: number, signal?: AbortSignal): AsyncGenerator<FolderEntry> {
    const { bytes, fault } = await this.#readFolder(cluster, signal);
    for (const entry of parseFolder(bytes)) {
      if (entry.isLabel) continue;
      yield { name: entry.name, isFolder: entry.isFolder, open: async () => this.#open(entry) };
    }
    if (fault) throw fault;
  }

  async #readFolder(first: number, signal?: AbortSignal): Promise<FolderBytes> {
    const { rootStart, rootSize, clusterSize } = this.#geometry;
    if (first === 0)
      return { bytes: await readStructure(this.#volume, 'FAT root folder', rootStart, rootSize, signal) };
    const parts: Buffer[] = [];
    try {
      let cluster: number | undefined = first;
      for (let done = 0; cluster !== undefined; done += clusterSize) {
        if (done >= longestFolder) throw invalidStructure(this.#volume.path, 'FAT folder', done, 'goes on without end');
        const part = await readStructure(this.#volume, 'FAT folder', this.#table.place(cluster), clusterSize, signal);
        parts.push(part);
        // The mark of the last entry; what follows was never written.
        if (endsIn(part)) break;
        cluster = await this.#table.next(cluster, signal);
      }
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'invalid') throw error;
      return { bytes: Buffer.concat(parts), fault: error };
    }
    return { bytes: Buffer.concat(parts) };
  }
}

function endsIn(part: Buffer): boolean {
  for (let at = 0; at < part.length; at += 32) if (part.readUInt8(at) === 0) return true;
  return false;
}
