import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { rewriteFile } from '../host/rewrite-file.ts';
import { type Machine, machine } from '../model/machine.ts';
import { type Place, placeName } from './place.ts';

/** What is kept of one place: more rows, or a larger or older file, are not. */
const mostRows = 20_000;
const largestFile = 32 * 2 ** 20;
const longestAge = 7 * 86_400_000;
/** A server that lists all the time writes no more often than this, in milliseconds. */
const writeInterval = 60_000;
const writeDelay = 300;

export interface KnownRows {
  readonly rows: readonly Machine[];
  /** When they were told, in milliseconds since 1970. */
  readonly at: number;
}

const knownFile = z.strictObject({ version: z.literal(1), at: z.int(), machines: z.array(machine).max(mostRows) });

/**
 * The last good answer of each place, to stand in where none comes now. Also kept as files, so that a new process has them.
 * All rows that a provider told are in it: what a caller may see is decided when they are used.
 */
export class LastKnown {
  readonly #folder: string;
  readonly #rows = new Map<string, KnownRows>();
  readonly #reading = new Map<string, Promise<KnownRows | undefined>>();
  readonly #written = new Map<string, number>();
  readonly #unwritten = new Map<string, KnownRows>();
  #writing: Promise<void> = Promise.resolve();

  constructor(cacheFolder: string) {
    this.#folder = path.join(cacheFolder, 'inventory');
  }

  keep(place: Place, rows: readonly Machine[]): void {
    const name = placeName(place);
    const known = { rows, at: Date.now() };
    this.#rows.set(name, known);
    this.#unwritten.set(name, known);
    const last = this.#written.get(name);
    if (last !== undefined && known.at - last < writeInterval) return;
    this.#written.set(name, known.at);
    // Well after the answer: whoever waits for it does not wait for this. What is left is written when the process ends.
    setTimeout(() => void this.#write(name), writeDelay).unref();
  }

  /** Undefined where nothing is known, or nothing that is recent enough. */
  async find(place: Place): Promise<KnownRows | undefined> {
    const name = placeName(place);
    const known = this.#rows.get(name) ?? (await this.#read(name));
    return known === undefined || Date.now() - known.at > longestAge ? undefined : known;
  }

  /** Writes what has not been written yet. */
  async flush(): Promise<void> {
    await Promise.all([...this.#unwritten.keys()].map(name => this.#write(name)));
    await this.#writing;
  }

  #read(name: string): Promise<KnownRows | undefined> {
    const known = this.#reading.get(name);
    if (known !== undefined) return known;
    const reading = readKnown(this.#fileOf(name), `${name}/`);
    this.#reading.set(name, reading);
    return reading;
  }

  #write(name: string): Promise<void> {
    const known = this.#unwritten.get(name);
    if (known === undefined || known.rows.length > mostRows) return this.#writing;
    this.#unwritten.delete(name);
    const { rows, at } = known;
    const text = JSON.stringify({ version: 1, at, machines: rows });
    if (text.length > largestFile) return this.#writing;
    // What cannot be kept is missed later at worst.
    this.#writing = this.#writing.then(() => rewriteFile(this.#fileOf(name), text)).catch(() => {});
    return this.#writing;
  }

  /** Names of providers and hosts are made of letters, digits and "-". */
  #fileOf(name: string): string {
    return path.join(this.#folder, `${name.replace(':', '@')}.json`);
  }
}

/** A file is used as a whole or not at all. */
async function readKnown(file: string, idStart: string): Promise<KnownRows | undefined> {
  try {
    if ((await stat(file)).size > largestFile) return undefined;
    const { data } = knownFile.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (data === undefined || data.machines.some(({ id }) => !id.startsWith(idStart))) return undefined;
    return { rows: data.machines, at: data.at };
  } catch {
    return undefined;
  }
}
