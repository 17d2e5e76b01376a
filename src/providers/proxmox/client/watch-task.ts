import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { escapeControls } from '../../../errors/escape.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { findFailureRule } from './failure-rules.ts';
import { parseReply } from './parse-reply.ts';
import type { TaskCall, TaskClient, TaskEnd, TaskOptions } from './task.ts';
import { TaskProgress } from './task-progress.ts';

export interface RunningTask {
  readonly upid: string;
  readonly node: string;
}

const rawStatus = z.object({ status: z.string(), exitstatus: z.string().optional() });
const rawLog = z.array(z.object({ n: z.number(), t: z.string() }));

/** How many lines are asked for at a time, and how many are kept for whoever wants to know how it ended. */
const linesAtATime = 500;
const keptLines = 30;

/** Looks at a task until it has ended, less and less often. */
export async function watchTask(
  client: TaskClient,
  task: RunningTask,
  call: TaskCall,
  options: TaskOptions,
): Promise<TaskEnd> {
  const watch = new TaskWatch(client, task, call, options);
  try {
    return await watch.untilEnd(call.signal);
  } catch (error) {
    if (call.signal.aborted) throw await watch.stop();
    throw error;
  }
}

class TaskWatch {
  readonly #client: TaskClient;
  readonly #task: RunningTask;
  readonly #what: string;
  readonly #progress: TaskProgress;
  readonly #deadline: number;
  readonly #signal: AbortSignal;
  #lines: string[] = [];
  #read = 0;

  constructor(client: TaskClient, task: RunningTask, call: TaskCall, { what, timeoutMilliseconds }: TaskOptions) {
    this.#client = client;
    this.#task = task;
    this.#what = what;
    this.#signal = call.signal;
    this.#progress = new TaskProgress(update => call.progress(update));
    this.#deadline = performance.now() + (timeoutMilliseconds ?? Number.POSITIVE_INFINITY);
  }

  async untilEnd(signal: AbortSignal): Promise<TaskEnd> {
    const { look, longestLook } = this.#client.timing;
    for (let pause = look; ; pause = Math.min(pause * 1.4, longestLook)) {
      const exitStatus = await this.#look(signal);
      if (exitStatus !== undefined) return this.#finish(exitStatus);
      if (performance.now() >= this.#deadline) throw this.#stillRunning();
      await delay(Math.min(pause, Math.max(0, this.#deadline - performance.now())), undefined, { signal });
    }
  }

  /** Asks the host to stop the task and waits until it has; returns the Fault of the cancelled call. */
  async stop(): Promise<Fault> {
    const fault = cancelledFault(this.#signal, this.#what);
    const signal = AbortSignal.timeout(this.#client.timing.stopTask);
    const data = { ...fault.data, upid: this.#task.upid };
    try {
      await this.#client.send(
        { method: 'DELETE', path: '/nodes/{node}/tasks/{upid}', params: { ...this.#task } },
        { signal },
      );
      const { exitStatus } = await this.untilEnd(signal);
      return fault.with({ data: { ...data, exitStatus } });
    } catch (error) {
      // How it ended belongs to the call that nobody waits for any more.
      const ended = error instanceof Fault && error.data !== undefined && 'exitStatus' in error.data;
      return fault.with({
        data: ended ? { ...data, exitStatus: error.data?.exitStatus } : { ...data, mayStillRun: true },
        ...(ended ? {} : { remedy: `See whether the task has ended: ${this.#task.upid}` }),
      });
    }
  }

  /** How the task ended; undefined while it runs. Bears a host that is away for a while: the task goes on without us. */
  async #look(signal: AbortSignal): Promise<string | undefined> {
    const { lostTask, look } = this.#client.timing;
    const since = performance.now();
    for (;;) {
      try {
        const params = { ...this.#task };
        const raw = await this.#client.send(
          { method: 'GET', path: '/nodes/{node}/tasks/{upid}/status', params },
          { signal },
        );
        const { status, exitstatus } = parseReply(rawStatus, raw, 'the task');
        await this.#readLog(signal);
        return status === 'running' ? undefined : (exitstatus ?? 'unknown');
      } catch (error) {
        if (signal.aborted || !(error instanceof Fault)) throw error;
        if (!['unavailable', 'timeout', 'host_fault'].includes(error.code))
          throw error.code === 'not_found' ? this.#unknownEnd(error) : error;
        if (performance.now() - since > lostTask) throw this.#unknownEnd(error);
        await delay(look * 2, undefined, { signal });
      }
    }
  }

  async #readLog(signal: AbortSignal): Promise<void> {
    for (;;) {
      const params = { ...this.#task, start: this.#read, limit: linesAtATime };
      const raw = await this.#client.send(
        { method: 'GET', path: '/nodes/{node}/tasks/{upid}/log', params },
        { signal },
      );
      const lines = parseReply(rawLog, raw, "the task's log");
      // What an empty log is answered with.
      const fresh = lines.filter(({ n, t }) => n > this.#read && t !== 'no content');
      for (const { n, t } of fresh) {
        this.#read = n;
        const line = escapeControls(t).slice(0, 500);
        this.#lines = [...this.#lines, line].slice(-keptLines);
        if (line !== '') this.#progress.tell(line);
      }
      if (fresh.length < linesAtATime) return;
    }
  }

  #finish(exitStatus: string): TaskEnd {
    const { upid } = this.#task;
    const warnings = /^WARNINGS: (\d+)/.exec(exitStatus)?.[1];
    if (exitStatus === 'OK' || warnings !== undefined) {
      return { upid, exitStatus, warnings: Number(warnings ?? 0), log: this.#lines };
    }
    const text = escapeControls(exitStatus).slice(0, 2000);
    const rule = findFailureRule(exitStatus);
    const busy = rule?.code === 'busy' && /lock/i.test(exitStatus) ? rule : undefined;
    throw new Fault(busy?.code ?? 'failed', `${this.#what} failed${busy === undefined ? '.' : `: ${busy.reason}`}`, {
      remedy: busy?.remedy ?? 'How it ended is in the data of this error, with the last lines of its log.',
      data: { upid, node: this.#task.node, exitStatus: text, log: this.#lines },
    });
  }

  #stillRunning(): Fault {
    return new Fault('timeout', `${this.#what} has not ended in time, and goes on.`, {
      remedy: 'See how the task goes on, or stop it.',
      data: { ...this.#task, log: this.#lines },
    });
  }

  #unknownEnd(cause: Fault): Fault {
    const { node, upid } = this.#task;
    return new Fault(
      'host_fault',
      `${this.#what} was begun, but how it ended is unknown: its node "${node}" does not tell.`,
      {
        remedy: `See the state when the node is back, and how the task ended: ${upid}`,
        data: {
          host: this.#client.host,
          node,
          upid,
          reason: cause.message,
          log: this.#lines,
          mayHaveBeenCarriedOut: true,
        },
        cause,
      },
    );
  }
}
