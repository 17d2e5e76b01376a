import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOurTag, memoryFileOf, tagOf } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { findKept } from '../find-machine.ts';
import { refuseBaseOfClones } from '../refuse-base-of-clones.ts';
import type { QemuSession } from '../session.ts';
import type { KeptMachine } from './reach-snapshots.ts';
import { settlePending } from './settle-pending.ts';

/** Works with the checkpoints of one machine while nobody else does; whatever fails is set in order. */
export async function workOnCheckpoints<Result>(
  session: QemuSession,
  vm: string,
  signal: AbortSignal,
  work: (machine: KeptMachine) => Promise<Result>,
): Promise<Result> {
  const { definition } = await findKept(session, vm);
  return session.store.exclusively(definition, signal, async () => {
    const machine = await settlePending(session, vm);
    // Those read the disks, which then must not change.
    await refuseBaseOfClones(session, machine.definition, 'can not change its checkpoints');
    try {
      return await work(machine);
    } catch (error) {
      await settlePending(session, vm).catch((cause: unknown) => {
        // Whoever works with the machine next tries again.
        session.environment.log.warn('A checkpoint could not be cleared up.', { vm, error: String(cause) });
      });
      throw error;
    }
  });
}

interface Snapshots {
  list(): Promise<Map<string, string[]>>;
  delete(tag: string): Promise<void>;
}

/** Removes snapshots and memory files of ours that no checkpoint knows. Returns the tags that each image has. */
export async function sweepSnapshots(
  session: QemuSession,
  { id, checkpoints }: MachineDefinition,
  snapshots: Snapshots,
  remove: (file: string) => unknown = file => rm(file, { force: true }),
): Promise<Map<string, string[]>> {
  const found = await snapshots.list();
  const known = new Set(checkpoints.map(checkpoint => tagOf(checkpoint.id)));
  const strays = new Set([...found.values()].flat().filter(tag => isOurTag(tag) && !known.has(tag)));
  for (const tag of strays) await snapshots.delete(tag);
  const folder = session.store.folderOf(id);
  const files = new Set(checkpoints.map(checkpoint => memoryFileOf(checkpoint.id)));
  for (const file of await readdir(folder)) {
    if (/^memory-c\d+\.qcow2$/.test(file) && !files.has(file)) await remove(join(folder, file));
  }
  return found;
}
