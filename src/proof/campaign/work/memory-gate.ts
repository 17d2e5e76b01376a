import { setTimeout as delay } from 'node:timers/promises';
import { cancelledFault } from '../../../errors/fault.ts';
import type { Load } from './plan-load.ts';

export interface MemoryGateSettings extends Pick<Load, 'proofBytes' | 'reserveBytes'> {
  /** Bytes that are free now. */
  readonly measure: () => number;
  readonly signal: AbortSignal;
  /** How often it is measured again while one waits, in milliseconds. */
  readonly everyMs?: number | undefined;
  /** After so long the only proof begins all the same: with whatever memory the host still gives. */
  readonly patienceMs?: number | undefined;
}

/**
 * Lets a proof begin only when the host has memory for it. Guests take theirs bit by bit, so what the running ones were
 * promised counts as taken, and what they have taken of it already counts twice: rather one too few than one too many.
 */
export class MemoryGate {
  readonly #settings: MemoryGateSettings;
  #running = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(settings: MemoryGateSettings) {
    this.#settings = settings;
  }

  /** Waits until there is room. The caller calls `leave` when its proof has ended. `told` is called when it has to wait. */
  async enter(told: () => void): Promise<void> {
    const before = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = turn.promise;
    try {
      // One after the other, so that two do not see the same room.
      await before;
      await this.#waitForRoom(told);
      this.#running++;
    } finally {
      turn.resolve();
    }
  }

  leave(): void {
    this.#running--;
  }

  async #waitForRoom(told: () => void): Promise<void> {
    const { signal, everyMs = 500, patienceMs = 60_000 } = this.#settings;
    const begun = performance.now();
    let isTold = false;
    while (!this.#hasRoom()) {
      if (this.#running === 0 && performance.now() - begun >= patienceMs) return;
      if (!isTold) told();
      isTold = true;
      await delay(everyMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) throw cancelledFault(signal, 'Waiting for memory');
    }
    if (signal.aborted) throw cancelledFault(signal, 'Waiting for memory');
  }

  #hasRoom(): boolean {
    const { measure, proofBytes, reserveBytes } = this.#settings;
    return measure() - this.#running * proofBytes >= proofBytes + reserveBytes;
  }
}
