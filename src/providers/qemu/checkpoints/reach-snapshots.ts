import { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { type NoteStep, StoredSnapshots } from '../../../qemu/checkpoints/stored-snapshots.ts';
import { findEngine } from '../../../qemu/find-engine.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import type { FoundMachine } from '../find-machine.ts';
import { type ReachedGuest, reachGuest } from '../reach-guest.ts';
import type { QemuSession } from '../session.ts';

export type KeptMachine = FoundMachine & { readonly definition: MachineDefinition };

/** Works with the images of a machine that runs. QEMU counts as busy meanwhile. */
export function withLive<Result>(
  session: QemuSession,
  definition: MachineDefinition,
  record: GuestRecord,
  use: (live: LiveSnapshots, guest: ReachedGuest) => Promise<Result>,
): Promise<Result> {
  const folder = session.store.folderOf(definition.id);
  const work = () =>
    reachGuest(session, record, undefined, guest => use(new LiveSnapshots(guest.qmp, definition, folder), guest));
  const kept = session.find(record.folder);
  return kept === undefined ? work() : kept.guest.whileBusy(work);
}

/** The images of a machine that is stopped. */
export async function openStored(
  session: QemuSession,
  definition: MachineDefinition,
  note?: NoteStep,
): Promise<StoredSnapshots> {
  const engine = await findEngine(session.environment.engine);
  return new StoredSnapshots(engine, definition, session.store.folderOf(definition.id), note);
}
