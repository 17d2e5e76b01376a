import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { findLockHolder, withFileLock } from '../../host/file-lock.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { proofFile } from '../signing/bundle-statement.ts';
import type { CampaignRequest } from './campaign-request.ts';
import type { CampaignRow } from './campaign-row.ts';
import type { FoundImages } from './find/find-images.ts';

/** A run as it was begun: what was asked for, and the images that it came to. */
export interface KeptRun extends FoundImages {
  readonly id: string;
  readonly startedAt: string;
  readonly request: CampaignRequest;
}

const currentVersion = 1;
const draftName = /\.draft$/;
/** A process makes its draft of a lock and is done with it within milliseconds. */
const oldDraftMs = 60_000;

/** The folder of one run: `run.json`, and below `results` one file for each image that is done. */
export class RunStore {
  readonly folder: string;
  readonly id: string;

  constructor(runsFolder: string, id: string) {
    this.id = id;
    this.folder = path.join(runsFolder, id);
  }

  /** Does `work` while no other process, and no other call of this one, works on the same run. */
  async hold<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#make(path.join(this.folder, 'results'));
    const explainHeld = (processId: number | undefined) => this.#explainHeld(processId);
    return withFileLock(this.#lock, { signal, patienceMs: 0, explainHeld }, async () => {
      await this.#sweepDrafts();
      return await work();
    });
  }

  /** Throws where `hold` would as another works on the run. */
  async requireFree(): Promise<void> {
    const processId = await findLockHolder(this.#lock);
    if (processId !== undefined) throw this.#explainHeld(processId);
  }

  /** The run as it was begun; undefined when there is none. */
  async read(): Promise<KeptRun | undefined> {
    const text = await readFile(path.join(this.folder, 'run.json'), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const kept = parse<KeptRun & { version: number }>(text);
    if (kept?.version === currentVersion && Array.isArray(kept.images)) return kept;
    throw new Fault('invalid', `The file ${path.join(this.folder, 'run.json')} is damaged, or of another version.`, {
      remedy: 'Begin a new run under another id.',
      data: { field: 'id' },
    });
  }

  async begin(run: KeptRun): Promise<void> {
    await this.#write('run.json', `${JSON.stringify({ version: currentVersion, ...run })}\n`);
  }

  /** The rows that are there, by number. One that was cut off by a loss of power counts as none. */
  async rows(): Promise<Map<number, CampaignRow>> {
    const rows = new Map<number, CampaignRow>();
    for (const name of await this.#listResults()) {
      const number = /^(\d+)\.json$/.exec(name)?.[1];
      if (number === undefined) continue;
      const row = parse<CampaignRow>(await readFile(path.join(this.#results, name), 'utf8'));
      if (typeof row?.image === 'string' && typeof row.passed === 'boolean') rows.set(Number(number), row);
    }
    return rows;
  }

  /** Notes which evidence folder is about to be made, so that it can be removed when the work is cut off. */
  async noteStart(number: number, evidenceFolder: string): Promise<void> {
    await this.#write(`results/${number}.started`, JSON.stringify({ evidenceFolder }));
    // What an earlier attempt ended with counts no longer.
    await rm(path.join(this.#results, `${number}.json`), { force: true });
  }

  /** The proof has ended without a row, as it was cancelled; what it made is gone. */
  async noteEnd(number: number, evidenceFolder: string): Promise<void> {
    if (existsSync(evidenceFolder)) return;
    await rm(path.join(this.#results, `${number}.started`), { force: true }).catch(() => {});
  }

  /** Keeps a row; the proof is then over, whatever happens to this process. */
  async keep(number: number, row: CampaignRow): Promise<void> {
    await this.#write(`results/${number}.json`, `${JSON.stringify(row)}\n`);
    await rm(path.join(this.#results, `${number}.started`), { force: true });
  }

  /** Removes what proofs left that were cut off; with `keepWhole` not the evidence that is whole all the same. */
  async sweep(rows: ReadonlyMap<number, CampaignRow>, keepWhole = false): Promise<void> {
    for (const name of await this.#listResults()) {
      const number = /^(\d+)\.started$/.exec(name)?.[1];
      if (number === undefined) continue;
      const file = path.join(this.#results, name);
      const note = parse<{ evidenceFolder?: unknown }>(await readFile(file, 'utf8'));
      const folder = note?.evidenceFolder;
      // A row that stands for this very evidence was written at the last moment.
      const isDone = rows.get(Number(number))?.evidenceFolder === folder;
      const isOurs = !isDone && typeof folder === 'string' && path.isAbsolute(folder);
      if (isOurs && keepWhole && existsSync(path.join(folder, proofFile))) continue;
      if (isOurs) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      await rm(file, { force: true });
    }
  }

  async writeReport(name: 'junit.xml' | 'summary.md', text: string): Promise<void> {
    await this.#write(name, text);
  }

  /** Whether a killed process left anything that is of no use to the one that goes on. */
  async hasLeftovers(): Promise<boolean> {
    const names: string[] = await readdir(this.folder).catch(() => []);
    const isUnbegun = !names.includes('run.json') && names.every(name => /^(results|run\.lock.*)$/.test(name));
    return isUnbegun || (await this.#listResults()).some(name => name.endsWith('.started'));
  }

  /** Removes the folder when nothing was begun in it, and tells whether that was so. */
  async removeUnbegun(): Promise<boolean> {
    // Neither succeeds while there is anything inside, such as the lock of another process.
    await rmdir(this.#results).catch(() => {});
    return rmdir(this.folder).then(
      () => true,
      () => false,
    );
  }

  #explainHeld(processId: number | undefined): Fault {
    return new Fault('conflict', `The run "${this.id}" is being worked on${describe(processId)}.`, {
      remedy: 'Wait until that has ended, or cancel it there; then go on with it.',
      data: { field: 'id', processId },
    });
  }

  get #lock(): string {
    return path.join(this.folder, 'run.lock');
  }

  /** A run that was given up before its first image has no folder for results any more. */
  async #listResults(): Promise<string[]> {
    return readdir(this.#results).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  }

  get #results(): string {
    return path.join(this.folder, 'results');
  }

  async #make(folder: string): Promise<void> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw explainWrite(error, folder, this.id);
    }
  }

  async #write(name: string, text: string): Promise<void> {
    const file = path.join(this.folder, name);
    try {
      await writeFileAtomically(file, text);
    } catch (error) {
      throw explainWrite(error, file, this.id);
    }
  }

  /** What a process left that was killed while it wrote. */
  async #sweepDrafts(): Promise<void> {
    for (const folder of [this.folder, this.#results]) {
      for (const name of (await readdir(folder)).filter(each => draftName.test(each))) {
        const file = path.join(folder, name);
        const isLock = name.startsWith('run.lock');
        const found = isLock ? await stat(file).catch(() => undefined) : undefined;
        if (!isLock || (found && Date.now() - found.mtimeMs > oldDraftMs)) await rm(file, { force: true });
      }
    }
  }
}

function describe(processId: number | undefined): string {
  if (processId === undefined) return '';
  return processId === process.pid ? ' by another call of this process' : ` by process ${processId}`;
}

function explainWrite(error: unknown, file: string, id: string): Fault {
  return new Fault('host_fault', `${file} can not be written.`, {
    remedy: `Free some space there, or mend what keeps this user from writing; then go on: vmbridge prove --resume ${id}`,
    data: { path: file },
    cause: error,
  });
}

function parse<Value>(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}
