import { Fault } from '../../../errors/fault.ts';
import type { MemorySession } from '../session.ts';
import type { PresetFault } from '../settings.ts';
import { wait, waitUntilCancelled } from './wait.ts';

/** The first fault in the settings that befalls this call. Every call that one is meant for counts, in the world. */
export async function takePresetFault(
  { settings, store }: MemorySession,
  tool: string,
  vm: string | undefined,
  signal: AbortSignal,
): Promise<PresetFault | undefined> {
  const meant = [...settings.faults.entries()].filter(
    ([, preset]) => preset.tool === tool && (preset.vm === undefined || preset.vm === vm),
  );
  if (meant.length === 0) return undefined;
  return store.change(world => {
    const due = meant.filter(([index, preset]) => {
      const calls = (world.faultCalls[index] ?? 0) + 1;
      world.faultCalls[index] = calls;
      return calls > preset.skip && calls <= preset.skip + (preset.times ?? Number.POSITIVE_INFINITY);
    });
    return due[0]?.[1];
  }, signal);
}

/** Delays, hangs or throws as the settings say. */
export async function suffer(preset: PresetFault, what: string, signal: AbortSignal): Promise<void> {
  if (preset.delaySeconds !== undefined) await wait(preset.delaySeconds, what, signal);
  if (preset.hang) await waitUntilCancelled(what, signal);
  if (preset.fault === undefined) return;
  const message = preset.message ?? `${what} failed, as the settings of the pretend hypervisor ask for.`;
  if (preset.fault === 'crash') throw new Error(message);
  throw new Fault(preset.fault, message, { remedy: preset.remedy, data: { preset: true } });
}

/** For tools that take no time: the fault that befalls this call, if any. */
export async function sufferPresetFault(
  session: MemorySession,
  tool: string,
  vm: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const preset = await takePresetFault(session, tool, vm, signal);
  if (preset !== undefined) await suffer(preset, tool, signal);
}
