import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Picture } from '../../model/picture.ts';
import type { GuestPlan } from '../boot-plan.ts';
import type { Guest, GuestActivity, GuestExit, GuestStatus, StopLimits, StopResult } from '../guest.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import { Capture } from './capture.ts';
import { EventLog } from './event-log.ts';
import { guestFiles } from './guest-files.ts';
import type { GuestProcess } from './guest-process.ts';
import { Heartbeat } from './heartbeat.ts';
import { LogTail } from './log-tail.ts';
import { readActivity } from './read-activity.ts';
import { type ProcessorState, readProcessors } from './read-processors.ts';
import { readStatus } from './read-status.ts';
import { stopByLadder } from './stop-ladder.ts';

/** How often logs are taken in when nobody asks for them, in milliseconds. */
const drainEvery = 5000;

interface GuestFacts {
  /** Now when left out. */
  readonly startedAt?: Date | undefined;
  readonly agentPath?: string | undefined;
}

/** The guest that `startGuest` hands out. */
export class RunningGuest implements Guest {
  readonly pid: number;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly plan: GuestPlan;
  readonly startedAt: Date;
  readonly agentPath: string | undefined;
  readonly qmp: QmpClient;
  readonly exited: Promise<GuestExit>;
  readonly #process: GuestProcess;
  readonly #log = new EventLog();
  readonly #capture: Capture;
  readonly #serial: LogTail;
  readonly #firmware: LogTail;
  readonly #heartbeat: Heartbeat;
  readonly #timer: NodeJS.Timeout;
  #stopping: Promise<StopResult> | undefined;

  constructor(guestProcess: GuestProcess, qmp: QmpClient, plan: GuestPlan, facts: GuestFacts = {}) {
    this.pid = guestProcess.pid;
    this.arguments = guestProcess.commandLine;
    this.folder = guestProcess.folder;
    this.exited = guestProcess.exited;
    this.plan = plan;
    this.qmp = qmp;
    this.#process = guestProcess;
    this.#capture = new Capture(qmp, this.folder);
    this.#serial = new LogTail(join(this.folder, guestFiles.serial));
    this.#firmware = new LogTail(join(this.folder, guestFiles.firmwareLog));
    qmp.on('*', event => this.#log.add(event));
    this.startedAt = facts.startedAt ?? new Date();
    this.agentPath = facts.agentPath;
    this.#heartbeat = new Heartbeat(qmp);
    this.#timer = setInterval(() => void this.#drain(), drainEvery);
    this.#timer.unref();
    void this.exited.then(() => this.leave());
  }

  get responding() {
    return this.#heartbeat.responding;
  }

  leave(): void {
    clearInterval(this.#timer);
    this.#heartbeat.end();
    this.qmp.close();
  }

  whileBusy<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#heartbeat.suspend(work);
  }

  get events() {
    return this.#log.events;
  }

  get eventCounts() {
    return this.#log.counts;
  }

  async status(signal?: AbortSignal): Promise<GuestStatus> {
    if (this.#process.exit) return 'exited';
    try {
      return await readStatus(this.qmp, signal);
    } catch (error) {
      if (this.#process.exit) return 'exited';
      throw error;
    }
  }

  screendump(signal?: AbortSignal): Promise<Picture> {
    return this.#capture.screen(signal);
  }

  vgaText(signal?: AbortSignal, shown?: Picture): Promise<Buffer | undefined> {
    return this.#capture.text(signal, shown);
  }

  serial(): Promise<string> {
    return this.#serial.read();
  }

  firmwareLog(): Promise<string> {
    return this.#firmware.read();
  }

  activity(signal?: AbortSignal): Promise<GuestActivity> {
    return readActivity(this.qmp, this.pid, signal);
  }

  processors(signal?: AbortSignal): Promise<ProcessorState[] | undefined> {
    return readProcessors(this.qmp, signal);
  }

  stop(limits?: StopLimits): Promise<StopResult> {
    this.#stopping ??= this.#stop(limits).catch(error => {
      // Whoever asks again after a failure gets another try.
      this.#stopping = undefined;
      throw error;
    });
    return this.#stopping;
  }

  async #stop(limits: StopLimits | undefined): Promise<StopResult> {
    const result = await stopByLadder(
      {
        pid: this.pid,
        qmp: this.qmp,
        hasExited: async () => this.#process.exit !== undefined,
        waitForExit: () => this.exited,
        kill: async () => {
          await writeFile(join(this.folder, guestFiles.stopped), '').catch(() => {});
          this.#process.kill();
        },
      },
      limits,
    );
    await this.#drain();
    return result;
  }

  async #drain(): Promise<void> {
    await Promise.all([this.#serial.drain(), this.#firmware.drain()]).catch(() => {});
  }
}
