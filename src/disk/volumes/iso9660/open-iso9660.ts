import type { ByteReader } from '../../source/byte-reader.ts';
import { cachePages } from '../../source/cache-pages.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { FileContent, FileItem, FileSystem, FolderEntry } from '../file-system.ts';
import { makeFileSystem } from '../make-file-system.ts';
import { type Place, placedContent } from '../placed-content.ts';
import { findTree, type IsoTree } from './find-tree.ts';
import { type IsoRecord, isDots, parseRecord, plainName, sector } from './parse-record.ts';
import { type RockRidge, readRockRidge } from './rock-ridge.ts';

const longestFolder = 256 * 1024 * 1024;
const mostParts = 1024;
const pieceSize = 16 * sector;
const udfNote = 'The disc also has a UDF file system, which is not read here and may hold more files.';

/** Opens ISO 9660, by the names of Rock Ridge, else of Joliet; names are compared without regard to case. */
export async function openIso9660(volume: ByteReader, signal?: AbortSignal): Promise<FileSystem> {
  const cached = cachePages(volume);
  const tree = await findTree(cached, signal);
  const reader = new IsoReader(cached, tree);
  const notes = tree.hasUdf ? [udfNote] : [];
  return makeFileSystem(async () => reader.root(), { ignoresCase: true, followsLinks: true, notes });
}

class IsoReader {
  readonly #volume: ByteReader;
  readonly #tree: IsoTree;

  constructor(volume: ByteReader, tree: IsoTree) {
    this.#volume = volume;
    this.#tree = tree;
  }

  root(): FileItem {
    return this.#folder(this.#tree.root, this.#tree.root.modified);
  }

  /** `parts` are the records of one file, more than one for a file of 4 GiB and above. */
  async #open(record: IsoRecord, parts: readonly IsoRecord[], ridge?: RockRidge): Promise<FileItem> {
    const modified = ridge?.modified ?? record.modified;
    if (ridge?.movedTo !== undefined) return this.#folder(await this.#readMoved(ridge.movedTo), modified);
    if (record.isFolder) return this.#folder(record, modified);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const base = { id: record.start, size, modified };
    if (ridge?.kind === 'link' || ridge?.kind === 'other') return { ...base, kind: ridge.kind, target: ridge.target };
    const obstacle = record.isInterleaved ? 'lies between parts of others' : 'is compressed (zisofs)';
    if (record.isInterleaved || ridge?.isCompressed)
      return { ...base, kind: 'file', obstacle: `The file ${obstacle}, which can not be read here.` };
    return { ...base, kind: 'file', content: async () => partsContent(this.#volume, parts, size) };
  }

  #folder(record: IsoRecord, modified: Date | undefined): FileItem {
    return {
      kind: 'folder',
      id: record.start,
      size: 0,
      modified,
      entries: signal => this.#list(record, signal),
    };
  }

  /** A folder that was moved up knows its own size. */
  async #readMoved(start: number, signal?: AbortSignal): Promise<IsoRecord> {
    const bytes = await readStructure(this.#volume, 'ISO 9660 folder', start, sector, signal);
    const self = parseRecord(bytes.subarray(0, bytes.readUInt8(0)));
    if (self?.isFolder && isDots(self) && self.start === start) return self;
    throw invalidStructure(this.#volume.path, 'ISO 9660 folder', start, 'does not begin with itself');
  }

  async *#list(folder: IsoRecord, signal?: AbortSignal): AsyncGenerator<FolderEntry> {
    let parts: IsoRecord[] = [];
    for await (const record of listRecords(this.#volume, folder, signal)) {
      parts = [...parts, record];
      if (record.goesOn && parts.length < mostParts) continue;
      const entry = await this.#entry(parts, signal);
      parts = [];
      if (entry) yield entry;
    }
    if (parts.length > 0) throw invalidStructure(this.#volume.path, 'ISO 9660 folder', folder.start, 'is cut short');
  }

  async #entry(parts: readonly IsoRecord[], signal?: AbortSignal): Promise<FolderEntry | undefined> {
    const [record] = parts;
    if (!record || isDots(record)) return undefined;
    const { names, skip } = this.#tree;
    const isRich = names === 'rock ridge';
    const ridge = isRich ? await readRockRidge(this.#volume, record.systemUse.subarray(skip), signal) : undefined;
    if (ridge?.isMoved) return undefined;
    return {
      name: ridge?.name ?? plainName(record.rawName, names === 'joliet'),
      isFolder: record.isFolder || ridge?.movedTo !== undefined,
      open: () => this.#open(record, parts, ridge),
    };
  }
}

/** The records of a folder; damage is told when all the rest has been listed. */
async function* listRecords(volume: ByteReader, folder: IsoRecord, signal?: AbortSignal): AsyncGenerator<IsoRecord> {
  const fail = (problem: string) => invalidStructure(volume.path, 'ISO 9660 folder', folder.start, problem);
  let problem = folder.size > longestFolder ? fail('is of impossible size') : undefined;
  const end = Math.min(folder.size, longestFolder);
  for (let at = 0; at < end; at += pieceSize) {
    const length = Math.min(pieceSize, end - at);
    const bytes = await readStructure(volume, 'ISO 9660 folder', folder.start + at, length, signal);
    // Records do not cross sectors: the rest of one is filled with zeros.
    for (let start = 0; start < bytes.length; start += sector) {
      const part = bytes.subarray(start, start + sector);
      for (let place = 0; place < part.length && part.readUInt8(place) !== 0; place += part.readUInt8(place)) {
        const record = parseRecord(part.subarray(place, place + part.readUInt8(place)));
        if (record) yield record;
        else problem ??= fail('has a damaged record');
      }
    }
  }
  if (problem) throw problem;
}

function partsContent(volume: ByteReader, parts: readonly IsoRecord[], size: number): FileContent {
  return placedContent(volume, {
    structure: 'ISO 9660 file',
    size,
    mayHaveHoles: false,
    locate(offset): Place {
      let start = 0;
      for (const part of parts) {
        if (offset < start + part.size)
          return { at: part.start + offset - start, length: part.size - (offset - start) };
        start += part.size;
      }
      throw invalidStructure(volume.path, 'ISO 9660 file', offset, 'ends before its size');
    },
  });
}
