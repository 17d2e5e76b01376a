import type { MachineFacts } from '../../model/conflict.ts';
import { sufferPresetFault } from './pretend/preset-faults.ts';
import type { MemorySession } from './session.ts';
import { idOf } from './world/find.ts';

/** What the settings give a machine, else a disk of its own. */
export async function machineFacts(
  session: MemorySession,
  machines: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<MachineFacts[]> {
  await sufferPresetFault(session, 'inventory.conflicts', undefined, signal);
  const wanted = new Set(machines);
  const { machines: all } = await session.store.read(signal);
  return all.flatMap(({ name, disks = [`memory:${name}`], macs = [], uuid }) => {
    const id = idOf(name);
    return wanted.has(id) ? [{ id, disks, macs, ...(uuid === undefined ? {} : { uuid }) }] : [];
  });
}
