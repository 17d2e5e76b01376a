import { Fault } from '../../errors/fault.ts';
import type { Progress } from '../../model/call.ts';
import type { OperationReport, OperationSummary } from '../../model/operation.ts';
import type { UndoNote } from '../../model/undo.ts';
import { reportFault } from './report-fault.ts';

export type ProgressListener = (update: Progress) => void;
type Work = (signal: AbortSignal, progress: ProgressListener) => Promise<Record<string, unknown>>;

/** Work under way or done. It ends exactly once; `ended` then resolves, never rejects. */
export class Operation {
  readonly id: string;
  readonly tool: string;
  readonly ended: Promise<void>;
  /** How what it did can be undone; set before it ends. */
  undo: UndoNote | undefined;
  readonly #startedAt = new Date().toISOString();
  readonly #controller = new AbortController();
  readonly #listeners = new Set<ProgressListener>();
  #state: OperationSummary['state'] = 'running';
  #finishedAt: string | undefined;
  #progress: Progress | undefined;
  #result: Record<string, unknown> | undefined;
  #fault: Fault | undefined;

  constructor(id: string, tool: string, work: Work) {
    this.id = id;
    this.tool = tool;
    this.ended = this.#run(work);
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  get result(): Record<string, unknown> | undefined {
    return this.#result;
  }

  /** Asks the work to stop; `ended` tells when it has cleaned up. */
  cancel(reason: Fault): void {
    this.#controller.abort(reason);
  }

  /** Tells of progress until the returned function is called; the last step known is told at once. */
  listen(listener: ProgressListener): () => void {
    if (this.#progress !== undefined) tell(listener, this.#progress);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  summary(): OperationSummary {
    return {
      id: this.id,
      tool: this.tool,
      state: this.#state,
      startedAt: this.#startedAt,
      ...(this.#finishedAt === undefined ? {} : { finishedAt: this.#finishedAt }),
      ...(this.#progress?.fraction === undefined ? {} : { fraction: this.#progress.fraction }),
      ...(this.#progress === undefined ? {} : { message: this.#progress.message }),
    };
  }

  report(): OperationReport {
    return {
      ...this.summary(),
      processId: process.pid,
      ...(this.#result === undefined ? {} : { result: this.#result }),
      ...(this.undo === undefined ? {} : { undo: this.undo }),
      ...(this.#fault === undefined ? {} : { fault: reportFault(this.#fault) }),
    };
  }

  async #run(work: Work): Promise<void> {
    try {
      this.#result = await work(this.#controller.signal, update => this.#advance(update));
      this.#finish('succeeded', { fraction: 1, message: 'done' });
    } catch (error) {
      this.#fault =
        error instanceof Fault ? error : new Fault('failed', `${this.tool} failed: ${String(error)}`, { cause: error });
      const state = this.#fault.code === 'cancelled' ? 'cancelled' : 'failed';
      this.#finish(state, { ...this.#progress, message: this.#fault.message });
    }
  }

  #advance(update: Progress): void {
    if (!this.running) return;
    const before = this.#progress?.fraction;
    const fraction = update.fraction === undefined ? before : Math.min(1, Math.max(update.fraction, before ?? 0));
    this.#progress = { ...(fraction === undefined ? {} : { fraction }), message: update.message };
    for (const listener of this.#listeners) tell(listener, this.#progress);
  }

  #finish(state: OperationSummary['state'], progress: Progress): void {
    this.#state = state;
    this.#progress = progress;
    this.#finishedAt = new Date().toISOString();
    this.#listeners.clear();
  }
}

// Whoever listens may have gone away; the work has to go on.
function tell(listener: ProgressListener, update: Progress): void {
  try {
    listener(update);
  } catch {}
}
