import { setTimeout as wait } from 'node:timers/promises';
import type { Account } from '../access/access-store.ts';

export interface TaskState {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  /** `user@realm` or `user@realm!token`. */
  readonly user: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  endtime?: number;
  /** OK, `WARNINGS: 1`, or what went wrong; nothing while it runs. */
  status?: string;
  readonly log: string[];
}

/** What the work of a task may do. */
export interface TaskWork {
  readonly signal: AbortSignal;
  log(line: string): void;
  warn(line: string): void;
  /** Waits until that share of the task's time has passed. */
  reach(share: number): Promise<void>;
}

export interface TaskStart {
  readonly node: string;
  readonly type: string;
  readonly id?: string;
  readonly account: Account;
  readonly run: (work: TaskWork) => Promise<void> | void;
  /** Puts back what a stopped or failed task has left, e.g. a lock. */
  readonly finish?: () => void;
}

export interface TaskTimes {
  /** How long a task takes that is not named below. */
  milliseconds: number;
  /** By type, e.g. `vzdump`. */
  readonly byType: Record<string, number>;
}

/** Why a task has no end in its log. */
const died = new Error('The node has died.');

/** Some tasks say it in their own words. */
function interruption(type: string): string {
  return /^(vzdump|(qm|vz)clone|qmmove|move_volume)$/.test(type) ? 'interrupted by signal' : 'received interrupt';
}

/** The tasks of all nodes. */
export class TaskStore {
  readonly times: TaskTimes;
  /** Tasks to come that fail halfway. */
  readonly failures: { readonly type: string; readonly message: string }[] = [];
  readonly #tasks = new Map<string, { task: TaskState; abort: AbortController; done: Promise<void> }>();
  #pid = 40_000;

  constructor(milliseconds: number) {
    this.times = { milliseconds, byType: {} };
  }

  /** Begins one; the answer is its UPID. */
  start({ node, type, id = '', account, run, finish }: TaskStart): string {
    const pid = ++this.#pid;
    const pstart = Math.floor(performance.now() * 7) % 0xffffffff;
    const starttime = Math.floor(Date.now() / 1000);
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
    const upid = `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${account.id}:`;
    const task: TaskState = { upid, node, type, id, user: account.id, pid, pstart, starttime, log: [] };
    const abort = new AbortController();
    this.#tasks.set(upid, { task, abort, done: this.#work(task, abort, run, finish) });
    return upid;
  }

  get(upid: string): TaskState | undefined {
    return this.#tasks.get(upid)?.task;
  }

  list(): TaskState[] {
    return [...this.#tasks.values()].map(({ task }) => task).reverse();
  }

  stop(upid: string): void {
    this.#tasks.get(upid)?.abort.abort();
  }

  /** A node has died: what ran there ended without having said so. */
  drop(node: string): void {
    for (const { task, abort } of this.#tasks.values()) {
      if (task.node === node && task.status === undefined) abort.abort(died);
    }
  }

  /** All have ended. */
  async settle(): Promise<void> {
    await Promise.all([...this.#tasks.values()].map(({ done }) => done));
  }

  async close(): Promise<void> {
    for (const { abort } of this.#tasks.values()) abort.abort();
    await this.settle();
  }

  async #work(task: TaskState, abort: AbortController, run: TaskStart['run'], finish?: () => void): Promise<void> {
    const began = performance.now();
    const whole = this.times.byType[task.type] ?? this.times.milliseconds;
    const failure = this.#takeFailure(task.type);
    let warnings = 0;
    const reach = async (share: number) => {
      const left = began + whole * share - performance.now();
      await wait(Math.max(0, left), undefined, { signal: abort.signal });
    };
    try {
      await wait(0);
      if (failure !== undefined) {
        await reach(0.5);
        throw new Error(failure.message);
      }
      await run({
        signal: abort.signal,
        log: line => task.log.push(line),
        warn: line => {
          warnings++;
          task.log.push(`WARN: ${line}`);
        },
        reach,
      });
      await reach(1);
      task.log.push(warnings > 0 ? `TASK WARNINGS: ${warnings}` : 'TASK OK');
      task.status = warnings > 0 ? `WARNINGS: ${warnings}` : 'OK';
    } catch (error) {
      const hasDied = abort.signal.reason === died;
      const message = abort.signal.aborted ? interruption(task.type) : (error as Error).message;
      if (!hasDied) task.log.push(`TASK ERROR: ${message}`);
      task.status = hasDied ? 'unexpected status' : message;
      finish?.();
    }
    task.endtime = Math.floor(Date.now() / 1000);
  }

  #takeFailure(type: string): { readonly message: string } | undefined {
    const index = this.failures.findIndex(failure => failure.type === type);
    return index < 0 ? undefined : this.failures.splice(index, 1)[0];
  }
}
