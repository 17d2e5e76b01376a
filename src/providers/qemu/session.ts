import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../../errors/fault.ts';
import { isProcessAlive } from '../../host/process-identity.ts';
import { removeRunFolder } from '../../host/run-folder.ts';
import type { Guest, GuestExit } from '../../qemu/guest.ts';
import { type GuestRecord, type GuestRun, listGuestRuns, readRecordOf } from '../../qemu/guest-records.ts';
import { MachineStore } from '../../qemu/machines/machine-store.ts';
import { type RunEnd, settleRun } from '../../qemu/machines/settle-run.ts';
import type { Environment } from '../environment.ts';

/** A guest that this process started, or took over, and keeps: its folder is removed when it ends. */
export interface KeptGuest {
  readonly guest: Guest;
  /** Id of the kept machine that it is a run of; absent for a throw-away one. */
  readonly definition: string | undefined;
  readonly outlives: boolean;
  /** As it was last read: whoever removes the folder of a machine that runs does not make it unknown. */
  record?: GuestRecord | undefined;
  /** Resolves when QEMU is gone and its files are removed. */
  readonly cleaned: Promise<void>;
}

export interface KeepOptions {
  readonly definition?: string | undefined;
  readonly outlives?: boolean | undefined;
}

/** How long guests get to shut down in order when vmbridge itself ends, in milliseconds. */
const closeLimits = { acpiMs: 3000, quitMs: 2000, killMs: 2000 };
/** Throw-away machines that broke down are shown until they are deleted; the oldest of more than these are forgotten. */
const mostBroken = 100;
/** How long opening waits for machines that are taken over, in milliseconds: they answer in a few, or are stopped. */
const longestAdoption = 500;
/** How long a list waits for the words about a machine that has just ended, in milliseconds. */
const longestConclusion = 1000;

/** What one process knows of QEMU: the guests that it keeps, and the machines that are kept over restarts. */
export class QemuSession {
  readonly environment: Environment;
  readonly store: MachineStore;
  readonly #kept = new Map<string, KeptGuest>();
  readonly #held = new Set<string>();
  readonly #adopting = new Map<string, Promise<void>>();
  readonly #broken = new Map<string, RunEnd & { readonly at: Date; readonly plan: Guest['plan'] }>();
  readonly #closing = new AbortController();

  constructor(environment: Environment) {
    this.environment = environment;
    this.store = new MachineStore(path.join(environment.paths.state, 'machines'));
  }

  /** Folder that holds the run folders of this user's guests. */
  get runRoot(): string {
    return this.environment.paths.run;
  }

  /** Aborted when the session begins to close: no machine is to be started any more. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Throw-away machines of this process that broke down, by name. */
  get broken(): ReadonlyMap<string, RunEnd & { readonly at: Date; readonly plan: Guest['plan'] }> {
    return this.#broken;
  }

  forgetBroken(name: string): boolean {
    return this.#broken.delete(name);
  }

  keep(guest: Guest, removeFiles: () => Promise<void>, { definition, outlives = false }: KeepOptions = {}): void {
    const cleaned = guest.exited.then(async exit => {
      await this.#conclude(guest, definition, exit).catch((error: unknown) => this.#warn('settled', error));
      this.#kept.delete(guest.folder);
      // What stays is swept by the next process; the machine has ended all the same.
      await removeFiles().catch((error: unknown) => this.#warn('removed', error));
    });
    const kept: KeptGuest = { guest, definition, outlives, cleaned };
    this.#kept.set(guest.folder, kept);
    const { accelerator } = guest.plan;
    this.environment.log.debug('This process looks after a machine from now on.', {
      machine: path.basename(guest.folder),
      accelerator,
      command: guest.arguments,
    });
    void readRecordOf(guest.folder).then(record => {
      kept.record = record;
    });
  }

  /** Until the returned function is called, a guest that shuts down is about to be started again. */
  holdShutdown(folder: string): () => void {
    this.#held.add(folder);
    return () => this.#held.delete(folder);
  }

  isShutdownHeld(folder: string): boolean {
    return this.#held.has(folder);
  }

  find(folder: string): KeptGuest | undefined {
    return this.#kept.get(folder);
  }

  get kept(): readonly KeptGuest[] {
    return [...this.#kept.values()];
  }

  /**
   * The runs there are. What a machine left whose process ended while nobody kept it is settled first, and one that has
   * lost its keeper gets a new one.
   */
  async runs(): Promise<GuestRun[]> {
    const runs = this.#addKept(await listGuestRuns(this.runRoot));
    const others = runs.filter(({ record }) => record.outlives && !this.#kept.has(record.folder));
    const ended = runs.filter(({ alive }) => !alive).map(({ record }) => this.#kept.get(record.folder)?.cleaned);
    // What is known about their end is being written down.
    await Promise.race([Promise.all(ended), wait(longestConclusion, undefined, { ref: false })]);
    for (const { record, alive } of others) {
      // Whoever keeps it is about to do so.
      if (await isKeptElsewhere(record)) continue;
      if (alive) this.#adopt(record);
      else await this.#settleLeft(record).catch((error: unknown) => this.#warn('settled', error));
    }
    return runs;
  }

  /** Takes over the machines that outlived the process that kept them. One that does not answer is not waited for. */
  async adopt(): Promise<void> {
    await this.runs();
    await Promise.race([Promise.all(this.#adopting.values()), wait(longestAdoption, undefined, { ref: false })]);
  }

  #adopt(record: GuestRecord): void {
    const { folder } = record;
    // One that does not answer is tried again, but not by each call.
    if (this.#adopting.has(folder)) return;
    const work = import('../../qemu/adopt-guest.ts')
      .then(({ adoptGuest }) => adoptGuest(record))
      .then(guest => {
        if (guest === undefined) return;
        if (this.#closing.signal.aborted) return guest.leave();
        this.keep(guest, () => removeRunFolder(folder), { definition: record.definition, outlives: true });
      })
      .catch((error: unknown) => this.#warn('taken over', error))
      .finally(() => this.#adopting.delete(folder));
    this.#adopting.set(folder, work);
  }

  #addKept(runs: readonly GuestRun[]): GuestRun[] {
    const seen = new Map(runs.map(run => [run.record.folder, run]));
    for (const [folder, kept] of this.#kept) {
      const run = seen.get(folder);
      if (run !== undefined) kept.record = run.record;
      else if (kept.record !== undefined) seen.set(folder, { record: kept.record, alive: true });
    }
    return [...seen.values()];
  }

  /** Ends every guest that this process keeps, side by side, but for those that shall go on. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(
      [...this.#kept.values()].map(async ({ guest, cleaned, outlives }) => {
        if (outlives) return guest.leave();
        await guest.stop(closeLimits);
        await cleaned;
      }),
    );
  }

  async #conclude(guest: Guest, definition: string | undefined, exit: GuestExit): Promise<void> {
    if (definition !== undefined) return this.#settle(definition, guest.folder, exit);
    const name = path.basename(guest.folder);
    const logs = path.join(this.environment.paths.logs, 'machines');
    await mkdir(logs, { recursive: true, mode: 0o700 });
    const end = await settleRun(guest.folder, path.join(logs, name), exit);
    if (!end.crashed) return;
    this.#broken.set(name, { ...end, at: guest.startedAt, plan: guest.plan });
    const [oldest] = this.#broken.keys();
    if (this.#broken.size > mostBroken && oldest !== undefined) this.#broken.delete(oldest);
  }

  async #settleLeft(record: GuestRun['record']): Promise<void> {
    const { definition, folder } = record;
    if (definition !== undefined) {
      // Of a machine that was deleted, or has a damaged file, nothing can be noted; what is left of its run goes all the same.
      await this.#settle(definition, folder, undefined).catch((error: unknown) => {
        if (!(error instanceof Fault) || error.code !== 'not_found') throw error;
      });
    }
    await removeRunFolder(folder);
  }

  async #settle(id: string, runFolder: string, exit: GuestExit | undefined): Promise<void> {
    const end = await settleRun(runFolder, path.join(this.store.folderOf(id), 'logs'), exit);
    await this.store.change(id, definition => ({
      ...definition,
      lastRun: {
        endedAt: new Date().toISOString(),
        how: end.crashed ? 'crashed' : 'ended',
        ...(end.problem === undefined ? {} : { problem: end.problem }),
        ...(end.log === undefined ? {} : { log: end.log }),
      },
    }));
  }

  #warn(what: string, error: unknown): void {
    this.environment.log.warn(`The files of a machine could not be ${what}.`, { error: String(error) });
  }
}

async function isKeptElsewhere({ owner }: GuestRecord): Promise<boolean> {
  return owner.pid !== process.pid && (await isProcessAlive(owner));
}

/** Opens a session; what an earlier process left behind when it was killed is removed, and what outlived it taken over. */
export async function openQemuSession(environment: Environment): Promise<QemuSession> {
  const { sweepRunFolders } = await import('../../host/run-folder.ts');
  const removed = await sweepRunFolders(environment.paths.run);
  if (removed.length > 0) environment.log.info('Folders of machines that are gone were removed.', { removed });
  const session = new QemuSession(environment);
  await session.store.sweep();
  await session.adopt();
  return session;
}
