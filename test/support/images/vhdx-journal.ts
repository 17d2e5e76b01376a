import type { SparseFile } from './sparse-file.ts';
import { guidOf, logSector, mebibyte } from './vhdx-layout.ts';
import { encodeLogEntry, type LogChange } from './vhdx-log.ts';

interface WrittenEntry {
  readonly at: number;
  readonly length: number;
  readonly changes: readonly LogChange[];
}

export interface CommitOptions {
  /** Let the entry's tail lie at the oldest entry that is still whole, whether it has been applied or not. */
  readonly longTail?: boolean;
}

/**
 * The log of a VHDX as a writer uses it: changed sectors are collected, written as an entry of the ring, and later applied to
 * their place. What is never applied has to be replayed by whoever reads the file.
 */
export class VhdxJournal {
  readonly logId = guidOf(99);
  readonly #file: SparseFile;
  readonly #offset: number;
  readonly #length: number;
  /** All tables as they are meant to be, as far as they were changed. */
  readonly #sectors = new Map<number, Buffer>();
  readonly #changed = new Set<number>();
  /** Whole entries in the ring, oldest first; the first `#applied` of them are in their place already. */
  #entries: WrittenEntry[] = [];
  #applied = 0;
  #next: number;
  #sequence: bigint;
  #end = 0;

  constructor(
    file: SparseFile,
    offset: number,
    length: number,
    { firstEntryAt = 0, sequence = 1n }: { readonly firstEntryAt?: number; readonly sequence?: bigint },
  ) {
    this.#file = file;
    this.#offset = offset;
    this.#length = length;
    this.#next = firstEntryAt;
    this.#sequence = sequence;
  }

  get nextEntryAt(): number {
    return this.#next;
  }

  get sequence(): bigint {
    return this.#sequence;
  }

  /** The file's blocks end here by now. */
  noteEnd(end: number): void {
    this.#end = end;
  }

  read(offset: number, length: number): Buffer {
    const bytes = this.#file.read(offset, length);
    for (let at = Math.floor(offset / logSector) * logSector; at < offset + length; at += logSector) {
      const sector = this.#sectors.get(at);
      if (!sector) continue;
      const from = Math.max(at, offset);
      sector.copy(bytes, from - offset, from - at, Math.min(logSector, offset + length - at));
    }
    return bytes;
  }

  change(offset: number, bytes: Buffer): void {
    for (let at = Math.floor(offset / logSector) * logSector; at < offset + bytes.length; at += logSector) {
      const sector = this.#sectors.get(at) ?? this.#file.read(at, logSector);
      const from = Math.max(at, offset);
      bytes.copy(sector, from - at, from - offset, Math.min(bytes.length, at + logSector - offset));
      this.#sectors.set(at, sector);
      this.#changed.add(at);
    }
  }

  /** Writes all changes since the last time as one entry. */
  commit({ longTail = false }: CommitOptions = {}): void {
    if (this.#changed.size === 0) return;
    const changes = [...this.#changed].map((offset): LogChange => {
      const data = Buffer.from(this.#sectors.get(offset) as Buffer);
      return data.every(byte => byte === 0) ? { offset, zeros: logSector } : { offset, data };
    });
    this.#changed.clear();
    this.#append(changes, longTail);
  }

  #append(changes: readonly LogChange[], longTail: boolean): void {
    const sectors = changes.filter(change => 'data' in change).length;
    const length = Math.ceil((64 + changes.length * 32) / logSector) * logSector + sectors * logSector;
    this.#makeRoom(length);
    const tail = (longTail ? this.#entries[0] : this.#entries[this.#applied])?.at ?? this.#next;
    const entry = encodeLogEntry({
      logId: this.logId,
      sequence: this.#sequence,
      tail,
      flushedSize: Math.floor(this.#file.size / mebibyte) * mebibyte,
      lastSize: Math.max(this.#end, Math.ceil(this.#file.size / mebibyte) * mebibyte),
      changes,
    });
    this.writeRing(this.#next, entry);
    this.#entries.push({ at: this.#next, length, changes });
    this.#next = (this.#next + length) % this.#length;
    this.#sequence++;
  }

  /** Gives up the oldest entries, once they are applied, until a new one fits. */
  #makeRoom(length: number): void {
    const used = () => this.#entries.reduce((sum, entry) => sum + entry.length, 0);
    while (used() + length > this.#length) {
      if (this.#entries.length === 0) throw new Error('an entry is longer than the log');
      if (this.#applied === 0) this.apply(1);
      this.#entries.shift();
      this.#applied--;
    }
  }

  writeRing(at: number, bytes: Buffer): void {
    const first = bytes.subarray(0, this.#length - at);
    this.#file.write(this.#offset + at, first);
    this.#file.write(this.#offset, bytes.subarray(first.length));
  }

  /** Puts the oldest `count` entries into their place; they stay in the log as stale ones. */
  apply(count: number): void {
    for (const entry of this.#entries.slice(this.#applied, this.#applied + count)) {
      for (const change of entry.changes) this.#put(change);
      this.#applied++;
    }
  }

  applyAll(): void {
    this.commit();
    this.apply(this.#entries.length);
  }

  /** Puts some changes into their place as a power cut may, without the log taking note of it. */
  leak(choose: () => boolean): void {
    for (const change of this.#entries.slice(this.#applied).flatMap(entry => entry.changes)) {
      if (choose()) this.#put(change);
    }
  }

  #put(change: LogChange): void {
    this.#file.write(change.offset, 'data' in change ? change.data : Buffer.alloc(change.zeros));
  }

  /** Writes behind the newest entry one that a power cut tore: its changes must never be seen. */
  appendTorn(offset: number, damage: (entry: Buffer) => void): void {
    const entry = encodeLogEntry({
      logId: this.logId,
      sequence: this.#sequence,
      tail: this.#entries[this.#applied]?.at ?? this.#next,
      flushedSize: 0,
      lastSize: 0,
      changes: [
        { offset, data: Buffer.alloc(logSector, 0xff) },
        { offset: offset + logSector, data: Buffer.alloc(logSector, 0xff) },
      ],
    });
    damage(entry);
    if (this.#entries.reduce((sum, { length }) => sum + length, entry.length) <= this.#length) {
      this.writeRing(this.#next, entry);
    }
  }
}
