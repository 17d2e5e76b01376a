import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { chainContent } from '../fat/chain-content.ts';
import { ClusterTable } from '../fat/cluster-table.ts';
import type { FileItem, FileSystem, FolderEntry } from '../file-system.ts';
import { makeFileSystem } from '../make-file-system.ts';
import { type ExfatEntry, entrySize, isFileEntry, parseEntrySet, setLength } from './parse-entries.ts';
import { readExfatBootSector } from './read-boot-sector.ts';

/** What systems keep a folder to. */
const longestFolder = 256 * 1024 * 1024;

/** Opens exFAT; names are compared without regard to case. */
export async function openExfat(volume: ByteReader, signal?: AbortSignal): Promise<FileSystem> {
  const geometry = await readExfatBootSector(volume, signal);
  const table = new ClusterTable(cachePages(volume), geometry);
  const root: FileItem = {
    kind: 'folder',
    id: geometry.rootCluster,
    size: 0,
    // How long the root folder is, only its chain says.
    entries: stop => listFolder(table, chainParts(table, geometry.rootCluster, stop)),
  };
  return makeFileSystem(async () => root, { ignoresCase: true, followsLinks: false, hasBackslashes: true });
}

function openEntry(table: ClusterTable, entry: ExfatEntry): FileItem {
  const { firstCluster, size, written, isContiguous, modified } = entry;
  const chain = { first: firstCluster, size, written, isContiguous };
  if (!entry.isFolder) {
    return { kind: 'file', id: firstCluster, size, modified, content: async () => chainContent(table, chain) };
  }
  const entries = (signal?: AbortSignal) => listFolder(table, contentParts(table, chain, signal));
  return { kind: 'folder', id: firstCluster, size: 0, modified, entries };
}

/** The files in the pieces of a folder; damage is told when all the rest has been listed. */
async function* listFolder(table: ClusterTable, parts: AsyncIterable<Buffer>): AsyncGenerator<FolderEntry> {
  let rest: Buffer = Buffer.alloc(0);
  let damaged = 0;
  for await (const part of parts) {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    const end = endOfSets(bytes);
    for (let at = 0; at < end; at += setLength(bytes, at) * entrySize) {
      if (!isFileEntry(bytes, at)) continue;
      const entry = parseEntrySet(bytes.subarray(at, at + setLength(bytes, at) * entrySize));
      if (entry) yield { name: entry.name, isFolder: entry.isFolder, open: async () => openEntry(table, entry) };
      else damaged++;
    }
    // What follows the mark of the last entry was never written.
    if (bytes[end] === 0) break;
    rest = bytes.subarray(end);
  }
  if (damaged > 0) {
    throw invalidStructure(table.volume.path, 'exFAT folder', 0, `has ${damaged} damaged entries`);
  }
}

/** Where the whole sets of entries in a piece end: at the mark of the last one, or where a set is cut in two. */
function endOfSets(bytes: Buffer): number {
  let at = 0;
  while (at + entrySize <= bytes.length && bytes[at] !== 0) {
    const next = at + setLength(bytes, at) * entrySize;
    if (next > bytes.length) break;
    at = next;
  }
  return at;
}

/** The clusters of a folder whose size only its chain knows. */
async function* chainParts(table: ClusterTable, first: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const { clusterSize } = table.layout;
  const piece = Math.min(clusterSize, 64 * 1024);
  let cluster: number | undefined = first;
  for (let done = 0; cluster !== undefined; done += clusterSize) {
    // Longer than the volume: a loop.
    if (done >= Math.min(longestFolder, table.layout.clusters * clusterSize)) throw tooLong(table);
    for (let at = 0; at < clusterSize; at += piece) {
      yield await table.volume.read(table.place(cluster) + at, piece, signal);
    }
    cluster = await table.next(cluster, signal);
  }
}

async function* contentParts(
  table: ClusterTable,
  chain: Parameters<typeof chainContent>[1],
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const content = chainContent(table, { ...chain, written: chain.size });
  const end = Math.min(content.size, longestFolder);
  for (let at = 0; at < end; ) {
    const { length } = await content.stretch(at, signal);
    const part = await content.read(at, Math.min(length, 64 * 1024), signal);
    yield part;
    at += part.length;
  }
  if (content.size > longestFolder) throw tooLong(table);
}

function tooLong(table: ClusterTable) {
  return invalidStructure(table.volume.path, 'exFAT folder', 0, 'goes on without end');
}
