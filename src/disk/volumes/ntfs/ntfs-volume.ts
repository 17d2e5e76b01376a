import type { ByteReader } from '../../source/byte-reader.ts';
import { le64 } from '../../source/integers.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import { readStructure } from '../../source/read-structure.ts';
import type { FileContent } from '../file-system.ts';
import { openValue } from './open-value.ts';
import type { NtfsAttribute } from './parse-attributes.ts';
import { type NtfsRecord, parseRecord } from './parse-record.ts';
import type { NtfsGeometry } from './read-boot-sector.ts';
import { undoFixups } from './undo-fixups.ts';

const attributeList = 0x20;
const data = 0x80;
/** What NTFS itself keeps a list to. */
const longestList = 256 * 1024;

/** File records and their attributes, also when an attribute list spreads them over several records. */
export class NtfsVolume {
  readonly volume: ByteReader;
  readonly geometry: NtfsGeometry;
  #table: FileContent | undefined;

  constructor(volume: ByteReader, geometry: NtfsGeometry) {
    this.volume = volume;
    this.geometry = geometry;
  }

  async readRecord(number: number, signal?: AbortSignal): Promise<NtfsRecord> {
    const { recordSize, tableStart } = this.geometry;
    const table = number === 0 ? undefined : await this.#openTable(signal);
    if (table && (number + 1) * recordSize > table.size)
      throw this.#fail('NTFS file table', tableStart, `has no record ${number}`);
    const rawRecord = table
      ? await table.read(number * recordSize, recordSize, signal)
      : await readStructure(this.volume, 'NTFS file record', tableStart, recordSize, signal);
    const record = undoFixups(rawRecord, 'FILE');
    if (!record) throw this.#fail('NTFS file record', number * recordSize, 'is damaged', { number });
    return parseRecord(record, number);
  }

  /** An attribute by type and name; undefined when the record has none. */
  async openAttribute(
    record: NtfsRecord,
    type: number,
    name: string,
    signal?: AbortSignal,
  ): Promise<FileContent | undefined> {
    const parts = await this.findParts(record, type, name, signal);
    return parts.length === 0 ? undefined : openValue(this.volume, this.geometry.clusterSize, parts);
  }

  /** All parts of an attribute, in the order of the clusters that they are about. */
  async findParts(
    record: NtfsRecord,
    type: number,
    name: string,
    signal?: AbortSignal,
  ): Promise<readonly NtfsAttribute[]> {
    const list = record.attributes.find(each => each.type === attributeList);
    const isWanted = (each: NtfsAttribute) => each.type === type && each.name === name;
    if (!list) return record.attributes.filter(isWanted);
    const parts: NtfsAttribute[] = [];
    for (const number of await this.#listRecords(list, type, name, signal)) {
      const holder = number === record.number ? record : await this.readRecord(number, signal);
      if (holder !== record && holder.base !== record.number)
        throw this.#fail('NTFS file record', number * this.geometry.recordSize, `is no part of file ${record.number}`);
      parts.push(...holder.attributes.filter(isWanted));
    }
    return parts.sort((one, other) => one.firstCluster - other.firstCluster);
  }

  /** The records that an attribute list names for one attribute, each once. */
  async #listRecords(list: NtfsAttribute, type: number, name: string, signal?: AbortSignal): Promise<Set<number>> {
    const content = openValue(this.volume, this.geometry.clusterSize, [list]);
    if (content.size > longestList) throw this.#fail('NTFS attribute list', 0, 'is of impossible size');
    const bytes = await content.read(0, content.size, signal);
    const records = new Set<number>();
    for (let at = 0; at + 26 <= bytes.length; ) {
      const length = bytes.readUInt16LE(at + 4);
      if (length < 26 || at + length > bytes.length) throw this.#fail('NTFS attribute list', at, 'is damaged');
      const nameStart = at + bytes.readUInt8(at + 7);
      const entryName = bytes.toString('utf16le', nameStart, nameStart + bytes.readUInt8(at + 6) * 2);
      if (bytes.readUInt32LE(at) === type && entryName === name) records.add(le64(bytes, at + 16) % 2 ** 48);
      at += length;
    }
    return records;
  }

  async #openTable(signal?: AbortSignal): Promise<FileContent> {
    if (this.#table) return this.#table;
    const own = await this.readRecord(0, signal);
    const first = own.attributes.find(each => each.type === data && each.name === '');
    if (!first?.runs) throw this.#fail('NTFS file table', this.geometry.tableStart, 'has no data');
    // The records that list further parts of the table lie in its first part.
    this.#table = openValue(this.volume, this.geometry.clusterSize, [first]);
    const table = await this.openAttribute(own, data, '', signal);
    this.#table = table ?? this.#table;
    return this.#table;
  }

  #fail(structure: string, offset: number, problem: string, facts = {}) {
    return invalidStructure(this.volume.path, structure, offset, problem, facts);
  }
}
