import type { QmpClient } from '../qmp/qmp-client.ts';

const beatEvery = 1000;
/** A QEMU that answers at all does so in milliseconds, on a busy host in tenths of a second. */
const longestSilence = 3000;

/** Asks a QEMU every second whether it is there. */
export class Heartbeat {
  readonly #qmp: QmpClient;
  readonly #timer: NodeJS.Timeout;
  #askedAt: number | undefined;
  #lastTick = performance.now();
  #suspended = 0;

  constructor(qmp: QmpClient) {
    this.#qmp = qmp;
    this.#timer = setInterval(() => this.#beat(), beatEvery);
    this.#timer.unref();
  }

  /** False when nothing has been heard for longer than a working QEMU is ever silent. */
  get responding(): boolean {
    if (this.#askedAt === undefined || this.#suspended > 0) return true;
    return performance.now() - this.#askedAt < longestSilence;
  }

  /** While `work` goes on, silence is no sign: QEMU answers nothing while it saves or loads memory. */
  async suspend<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#suspended += 1;
    try {
      return await work();
    } finally {
      this.#suspended -= 1;
      if (this.#askedAt !== undefined) this.#askedAt = performance.now();
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#askedAt = undefined;
  }

  #beat(): void {
    const now = performance.now();
    const wasAway = now - this.#lastTick > 2 * beatEvery;
    this.#lastTick = now;
    if (this.#askedAt !== undefined) {
      // It was this process that did not run, as when the host sleeps: whatever came meanwhile is still unread.
      if (wasAway) this.#askedAt = now;
      return;
    }
    this.#askedAt = now;
    const heard = () => {
      this.#askedAt = undefined;
    };
    // Any answer will do. One that never comes fails after QMP's own time limit, and is asked for again.
    this.#qmp.execute('query-status').then(heard, heard);
  }
}
