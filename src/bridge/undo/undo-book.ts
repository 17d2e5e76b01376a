import { open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { Fault } from '../../errors/fault.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { timestamp } from '../../model/primitives.ts';
import { undoHandle } from '../../model/undo.ts';
import { randomId } from '../random-id.ts';

const mostRecords = 200;
const keptMilliseconds = 86_400_000;

const undoRecord = z.strictObject({
  version: z.literal(1),
  handle: undoHandle,
  /** What was done, and when. */
  tool: z.string(),
  at: timestamp,
  inverse: z.strictObject({ tool: z.string(), input: z.record(z.string(), z.unknown()) }),
  /** The machine as the change left it; absent when it is about none. */
  after: z.record(z.string(), z.unknown()).optional(),
});
export type UndoRecord = z.infer<typeof undoRecord>;

/** What can be undone, on disk, for a day: one file for each change. */
export class UndoBook {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(change: Pick<UndoRecord, 'tool' | 'inverse' | 'after'>): Promise<string> {
    const record: UndoRecord = { ...change, version: 1, handle: randomId('un'), at: new Date().toISOString() };
    await writeFileAtomically(this.#file(record.handle), JSON.stringify(record));
    await this.#sweep();
    return record.handle;
  }

  /** Fault `not_found` for what was undone already, is too old or never was. */
  async get(handle: string): Promise<UndoRecord> {
    const record = await this.#read(handle);
    if (record === undefined || isOld(record)) throw unknownFault(handle);
    return record;
  }

  /** Uses a handle up. Fault `not_found` when another was faster. */
  async consume(handle: string): Promise<void> {
    const mark = `${this.#file(handle)}.used`;
    try {
      await (await open(mark, 'wx', 0o600)).close();
    } catch (error) {
      throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? unknownFault(handle) : error;
    }
    await rm(this.#file(handle), { force: true });
  }

  async #read(handle: string): Promise<UndoRecord | undefined> {
    try {
      const record = undoRecord.parse(JSON.parse(await readFile(this.#file(handle), 'utf8')));
      return record.handle === handle ? record : undefined;
    } catch {
      return undefined;
    }
  }

  async #sweep(): Promise<void> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    if (names.length <= mostRecords) return;
    const handles = names.filter(name => name.endsWith('.json')).map(name => name.slice(0, -'.json'.length));
    const records = (await Promise.all(handles.map(handle => this.#read(handle)))).filter(each => each !== undefined);
    const old = records
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .filter((each, index) => index >= mostRecords / 2 || isOld(each));
    const marks = names.filter(name => name.endsWith('.used'));
    // A mark without its record stands for nothing any more.
    const gone = [...old.map(({ handle }) => `${handle}.json`), ...marks];
    await Promise.all(gone.map(name => rm(path.join(this.#folder, name), { force: true })));
  }

  #file(handle: string): string {
    if (!undoHandle.safeParse(handle).success) throw unknownFault(handle);
    return path.join(this.#folder, `${handle}.json`);
  }
}

function isOld({ at }: UndoRecord): boolean {
  return Date.now() - Date.parse(at) > keptMilliseconds;
}

function unknownFault(handle: string): Fault {
  return new Fault('not_found', `There is nothing to undo under "${handle.slice(0, 100)}".`, {
    remedy: 'It was undone already, or is older than a day.',
    data: { field: 'handle' },
  });
}
