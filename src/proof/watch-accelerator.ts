import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest, GuestExit } from '../qemu/guest.ts';
import type { BootServices } from './boot-options.ts';
import { isCrash, judgeLateFailure, type LateFailure } from './late-failure.ts';
import type { PlannedBoot } from './plan-boot.ts';
import { machineRules } from './rules/machine.ts';
import { reconsider } from './suspect-accelerator.ts';
import { createVerdict } from './verdicts.ts';
import { ActivityMeter } from './watch/activity-meter.ts';
import { judgeExit, judgeStatus } from './watch/judge-machine.ts';

export interface AcceleratorWatch {
  readonly planned: PlannedBoot;
  readonly services: Pick<BootServices, 'cacheFolder' | 'signal'>;
  /** How long the accelerator is under suspicion, in seconds from the start; 600 when left out. */
  readonly seconds?: number | undefined;
  /** How long a busy guest may do nothing visible before the accelerator is tried again, in seconds; 60 when left out. */
  readonly stillSeconds?: number | undefined;
}

const firstSeconds = 600;
const stillSeconds = 60;
/** Between two looks, in milliseconds. */
const lookEvery = 5000;

/**
 * Watches a machine that nobody judges, and whose accelerator was not asked for by name. Resolves with the failure when its accelerator fails in its first minutes, and with
 * nothing when they are over, the machine has ended otherwise, or the signal is aborted. Never fails.
 */
export async function watchAccelerator(guest: Guest, watch: AcceleratorWatch): Promise<LateFailure | undefined> {
  const { plan, requested } = watch.planned;
  if (plan.accelerator === 'tcg' || requested !== 'auto') return undefined;
  let stopped = Promise.withResolvers<void>();
  const off = guest.qmp.on('STOP', () => stopped.resolve());
  const rest = new AbortController();
  const either = AbortSignal.any([rest.signal, watch.services.signal]);
  const exited = guest.exited.then(exit => ({ exit }));
  const pause = () => sleep(lookEvery, undefined, { signal: either, ref: false }).catch(() => undefined);
  const looks = new Looks(guest, watch);
  const end = guest.startedAt.getTime() + (watch.seconds ?? firstSeconds) * 1000;
  try {
    while (Date.now() < end && !watch.services.signal.aborted) {
      const event = await Promise.race([exited, pause(), stopped.promise]);
      stopped = Promise.withResolvers<void>();
      if (event) return judgeEnd(event.exit);
      const failure = await looks.look().catch(() => undefined);
      if (failure) return failure;
    }
    return undefined;
  } finally {
    off();
    rest.abort();
  }
}

/** Only a QEMU that crashed is started again; one that was ended, by whomever, stays so. */
function judgeEnd(exit: GuestExit): LateFailure | undefined {
  return isCrash(exit) ? judgeLateFailure(judgeExit(exit), exit) : undefined;
}

class Looks {
  readonly #guest: Guest;
  readonly #watch: AcceleratorWatch;
  readonly #meter = new ActivityMeter();
  #lastProgress = performance.now();

  constructor(guest: Guest, watch: AcceleratorWatch) {
    this.#guest = guest;
    this.#watch = watch;
  }

  async look(): Promise<LateFailure | undefined> {
    const { planned, services } = this.#watch;
    const status = await this.#guest.status(services.signal);
    const verdict = judgeStatus(status);
    if (verdict) return judgeLateFailure(verdict);
    if (
      this.#meter.update(await this.#guest.activity(services.signal), performance.now() / 1000) ||
      status !== 'running'
    ) {
      this.#lastProgress = performance.now();
    }
    const patience = (this.#watch.stillSeconds ?? stillSeconds) * 1000;
    if (performance.now() - this.#lastProgress < patience || this.#meter.busy !== true) return undefined;
    this.#lastProgress = performance.now();
    const standstill = createVerdict(machineRules.nothingChanges, { reason: 'The guest works and reads nothing.' });
    return judgeLateFailure(await reconsider(standstill, { planned, services }));
  }
}
