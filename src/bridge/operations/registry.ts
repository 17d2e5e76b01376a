import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { Log } from '../../host/log.ts';
import type { OperationReport } from '../../model/operation.ts';
import type { PlanStep } from '../../model/plan.ts';
import { randomId } from '../random-id.ts';
import { Operation, type ProgressListener } from './operation.ts';
import { OperationRecords } from './records.ts';

/** How many ended operations a process keeps in memory; older ones are on disk. */
const keptInMemory = 50;
/** How long a shutdown or a cancel waits for the work to clean up. */
const cleanUpMilliseconds = 30_000;

export interface OperationsSettings {
  readonly folder: string;
  readonly log: Log;
}

/** All operations that this process started, and the records of those of others. */
export class Operations {
  readonly #running = new Map<string, Operation>();
  readonly #ended = new Map<string, Operation>();
  readonly #recording = new Set<Promise<void>>();
  readonly #records: OperationRecords;
  readonly #log: Log;

  constructor(settings: OperationsSettings) {
    this.#records = new OperationRecords(settings.folder);
    this.#log = settings.log;
  }

  start(
    tool: string,
    work: (signal: AbortSignal, progress: ProgressListener) => Promise<Record<string, unknown>>,
  ): Operation {
    const operation = new Operation(randomId('op'), tool, work);
    this.#running.set(operation.id, operation);
    const started = this.#record(operation);
    const recorded = operation.ended.then(async () => {
      this.#running.delete(operation.id);
      this.#ended.set(operation.id, operation);
      const [oldest] = this.#ended.keys();
      if (this.#ended.size > keptInMemory && oldest !== undefined) this.#ended.delete(oldest);
      await started;
      await this.#record(operation);
      await this.#records.prune();
      this.#recording.delete(recorded);
    });
    this.#recording.add(recorded);
    return operation;
  }

  async get(id: string): Promise<OperationReport> {
    const report = this.#find(id)?.report() ?? (await this.#records.read(id));
    if (report !== undefined) return report;
    throw new Fault('not_found', `There is no operation "${id}".`, {
      remedy: 'See operation.list for those there are.',
      data: { field: 'operation' },
    });
  }

  /** Newest first, those of other processes included. */
  async list(): Promise<OperationReport[]> {
    const own = [...this.#running.values(), ...this.#ended.values()].map(operation => operation.report());
    const known = new Set(own.map(report => report.id));
    const recorded = (await this.#records.list()).filter(report => !known.has(report.id));
    return [...own, ...recorded].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  /** Resolves when the operation ended or the time is over. Giving up does not stop the operation. */
  async wait(
    id: string,
    milliseconds: number,
    signal: AbortSignal,
    listener?: ProgressListener,
  ): Promise<OperationReport> {
    const operation = this.#find(id);
    const stopListening = listener === undefined ? undefined : operation?.listen(listener);
    const timer = new AbortController();
    const timeUp = delay(milliseconds, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(() => {});
    try {
      await Promise.race([operation?.ended ?? this.#pollRecord(id, timer.signal, signal), timeUp]);
      if (signal.aborted) throw cancelledFault(signal, 'Waiting for the operation');
      return await this.get(id);
    } finally {
      timer.abort();
      stopListening?.();
    }
  }

  async cancel(id: string): Promise<OperationReport> {
    const operation = this.#find(id);
    if (operation === undefined) return this.#cannotCancel(await this.get(id));
    operation.cancel(new Fault('cancelled', `${operation.tool} was cancelled on request.`));
    await Promise.race([operation.ended, delay(cleanUpMilliseconds, undefined, { ref: false })]);
    if (operation.running) {
      throw new Fault(
        'timeout',
        `The operation "${id}" has not ended ${cleanUpMilliseconds / 1000} s after it was cancelled.`,
        {
          remedy: `Look again with operation.get.`,
        },
      );
    }
    return operation.report();
  }

  /** What `cancel` would do; throws where it would at once. */
  async planCancel(id: string): Promise<PlanStep[]> {
    const operation = this.#find(id);
    if (operation === undefined) this.#cannotCancel(await this.get(id));
    if (!operation?.running) return [];
    return [{ summary: `Cancel ${operation.tool} (${id}), which removes what it has made so far.` }];
  }

  /** Cancels everything and waits until it has cleaned up. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const operation of running) operation.cancel(new Fault('cancelled', 'vmbridge is shutting down.'));
    await Promise.race([Promise.all(this.#recording), delay(cleanUpMilliseconds, undefined, { ref: false })]);
  }

  #cannotCancel(report: OperationReport): OperationReport {
    if (report.state !== 'running') return report;
    throw new Fault('conflict', `The operation "${report.id}" belongs to another process (${report.processId}).`, {
      remedy: 'Cancel it where it was started, or end that process; it cleans up after itself.',
      data: { processId: report.processId },
    });
  }

  async #pollRecord(id: string, ...signals: AbortSignal[]): Promise<void> {
    const signal = AbortSignal.any(signals);
    while (!signal.aborted && (await this.get(id)).state === 'running') {
      await delay(500, undefined, { signal }).catch(() => {});
    }
  }

  #find(id: string): Operation | undefined {
    return this.#running.get(id) ?? this.#ended.get(id);
  }

  // A record is a convenience for other processes; a full disk must not fail the work that it tells of.
  async #record(operation: Operation): Promise<void> {
    await this.#records.write(operation.report()).catch((error: unknown) => {
      this.#log.warn(`The record of ${operation.id} could not be written.`, { error: String(error) });
    });
  }
}
