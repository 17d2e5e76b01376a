import type { ByteReader } from '../../source/byte-reader.ts';
import { le64 } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import { type NtfsAttribute, parseAttributes } from './parse-attributes.ts';
import type { Run } from './parse-runs.ts';
import type { NtfsGeometry } from './read-boot-sector.ts';
import { readRuns } from './read-runs.ts';
import { undoFixups } from './undo-fixups.ts';

export interface AttributeContent {
  readonly size: number;
  readonly isEncoded: boolean;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Buffer>;
}

const attributeList = 0x20;
const data = 0x80;
const longestList = 256 * 1024;
const mostParts = 512;
const mostRuns = 16_384;

/** File records and their attributes, also when an attribute list spreads them over several records. */
export class NtfsVolume {
  readonly volume: ByteReader;
  readonly geometry: NtfsGeometry;
  #tableRuns: readonly Run[] | undefined;

  constructor(volume: ByteReader, geometry: NtfsGeometry) {
    this.volume = volume;
    this.geometry = geometry;
  }

  /** An attribute by type and name; undefined when the record has none. */
  async openAttribute(
    record: number,
    type: number,
    name: string,
    signal?: AbortSignal,
  ): Promise<AttributeContent | undefined> {
    const own = await this.#readRecord(record, signal);
    const list = own.find(each => each.type === attributeList);
    const parts = list
      ? await this.#gatherParts(record, own, list, type, name, signal)
      : own.filter(each => each.type === type && each.name === name);
    const [first] = parts;
    return first && this.#contentOf(first, parts);
  }

  #contentOf(first: NtfsAttribute, parts: readonly NtfsAttribute[]): AttributeContent {
    const { value } = first;
    if (value) {
      const read = async (offset: number, length: number) => value.subarray(offset, offset + length);
      return { size: first.size, isEncoded: first.isEncoded, read };
    }
    const runs = parts.flatMap(part => part.runs ?? []);
    return {
      size: first.size,
      isEncoded: first.isEncoded,
      read: (offset, length, signal) => readRuns(this.volume, runs, this.geometry.clusterSize, offset, length, signal),
    };
  }

  async #gatherParts(
    record: number,
    own: readonly NtfsAttribute[],
    list: NtfsAttribute,
    type: number,
    name: string,
    signal?: AbortSignal,
  ): Promise<NtfsAttribute[]> {
    const content = this.#contentOf(list, [list]);
    const bytes = await content.read(0, Math.min(content.size, longestList), signal);
    const records = listedRecords(bytes, type, name);
    const parts: NtfsAttribute[] = [];
    let runs = 0;
    for (const number of records) {
      const attributes = number === record ? own : await this.#readRecord(number, signal);
      const found = attributes.filter(each => each.type === type && each.name === name);
      runs += found.reduce((sum, part) => sum + (part.runs?.length ?? 0), 0);
      if (runs > mostRuns) break;
      parts.push(...found);
    }
    return parts.sort((one, other) => one.firstCluster - other.firstCluster);
  }

  async #readRecord(number: number, signal?: AbortSignal): Promise<NtfsAttribute[]> {
    const { recordSize, tableStart, clusterSize } = this.geometry;
    const runs = number === 0 ? undefined : await this.#findTable(signal);
    const rawRecord = runs
      ? await readRuns(this.volume, runs, clusterSize, number * recordSize, recordSize, signal)
      : await readStructure(this.volume, 'NTFS file record', tableStart, recordSize, signal);
    const record = undoFixups(rawRecord, 'FILE');
    if (!record)
      throw invalidStructure(this.volume.path, 'NTFS file record', number * recordSize, 'is damaged', { number });
    return parseAttributes(record);
  }

  async #findTable(signal?: AbortSignal): Promise<readonly Run[]> {
    if (this.#tableRuns) return this.#tableRuns;
    const own = await this.#readRecord(0, signal);
    const first = own.find(each => each.type === data && each.name === '');
    if (!first?.runs)
      throw invalidStructure(this.volume.path, 'NTFS file table', this.geometry.tableStart, 'has no data');
    // The records that list further parts of the table lie in its first part.
    this.#tableRuns = first.runs;
    const list = own.find(each => each.type === attributeList);
    if (list) {
      const parts = await this.#gatherParts(0, own, list, data, '', signal);
      this.#tableRuns = parts.flatMap(part => part.runs ?? []);
    }
    return this.#tableRuns;
  }
}

/** The records that an attribute list names for one attribute, each once. */
function listedRecords(bytes: Buffer, type: number, name: string): number[] {
  const records = new Set<number>();
  for (let at = 0; at + 26 <= bytes.length && records.size < mostParts; ) {
    const length = bytes.readUInt16LE(at + 4);
    if (length < 26 || at + length > bytes.length) break;
    const nameStart = at + bytes.readUInt8(at + 7);
    const entryName = bytes.toString('utf16le', nameStart, nameStart + bytes.readUInt8(at + 6) * 2);
    if (bytes.readUInt32LE(at) === type && entryName === name) records.add(le64(bytes, at + 16) % 2 ** 48);
    at += length;
  }
  return [...records];
}
