import type { Guest } from '../qemu/guest.ts';
import { startGuest } from '../qemu/start-guest.ts';
import { startWithLessMemory } from '../qemu/start-with-less-memory.ts';
import type { PlannedBoot } from './plan-boot.ts';

export interface StartedBoot {
  readonly guest: Guest;
  /** What was done otherwise than planned. */
  readonly warnings: readonly string[];
}

/** Starts the planned machine in a folder, with less memory when the host refuses what was planned. */
export async function startPlanned(
  { engine, plan, uefi }: PlannedBoot,
  folder: string,
  signal: AbortSignal,
): Promise<StartedBoot> {
  const start = (memoryBytes: number) => startGuest(engine, { ...plan, memoryBytes }, { folder, uefi, signal });
  const { result, warning } = await startWithLessMemory(plan.memoryBytes, start);
  return { guest: result, warnings: warning === undefined ? [] : [warning] };
}
