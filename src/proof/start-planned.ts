import { Fault } from '../errors/fault.ts';
import type { Guest } from '../qemu/guest.ts';
import { startGuest } from '../qemu/start-guest.ts';
import { startWithLessMemory } from '../qemu/start-with-less-memory.ts';
import type { BootServices } from './boot-options.ts';
import { openSource, type ServedSource } from './open-source.ts';
import type { PlannedBoot } from './plan-boot.ts';

export interface StartedBoot {
  readonly guest: Guest;
  /** What was done otherwise than planned. */
  readonly warnings: readonly string[];
  /** What went wrong while the image was read, where our own reader reads it. */
  readonly reading: Reading;
}

export interface Reading {
  /** Faults of reading so far, the first ones; `invalid` is the image's, all others are the host's. */
  faults(): readonly Fault[];
}

/**
 * Starts the planned machine in a folder, with less memory when the host refuses what was planned. An image that our own
 * reader reads is served until the machine has ended.
 */
export async function startPlanned(
  { engine, plan, uefi }: PlannedBoot,
  folder: string,
  { signal, log }: Pick<BootServices, 'signal' | 'log'>,
): Promise<StartedBoot> {
  const source = await openSource(plan.image, { engine, folder, signal });
  try {
    const start = (memoryBytes: number) =>
      startGuest(engine, { ...plan, memoryBytes }, { folder, uefi, source, signal });
    const { result, warning } = await startWithLessMemory(plan.memoryBytes, start);
    const warnings = warning === undefined ? [] : [warning];
    if (warning !== undefined) log?.warn(warning);
    log?.debug('QEMU was started.', { command: result.arguments });
    return { guest: result, warnings, reading: source ? serveUntilEnd(result, source) : { faults: () => [] } };
  } catch (error) {
    await source?.close();
    throw error;
  }
}

function serveUntilEnd(guest: Guest, source: ServedSource): Reading {
  let failed: Fault | undefined;
  void source.served.failed.then(fault => {
    failed = fault;
    // A guest whose disk is gone would only seem to be broken.
    void guest.stop({ acpiMs: 0 }).catch(() => {});
  });
  void guest.exited.then(() => source.close());
  return {
    faults: () => [
      ...(failed ? [failed] : []),
      ...source.served.faults().map(({ code, message, data }) => new Fault(code, message, { data })),
    ],
  };
}
