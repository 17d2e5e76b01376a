import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { findMachine, idOf, requireStopped } from './find-machine.ts';
import { refuseBaseOfClones } from './refuse-base-of-clones.ts';
import type { QemuSession } from './session.ts';

/** Deletes a stopped machine with its disks; the image that it was made from stays. */
export async function deleteMachine(
  session: QemuSession,
  { vm }: { readonly vm: string },
  { signal }: CallContext,
): Promise<{ deleted: string }> {
  const found = await findMachine(session, vm);
  const { name, definition, damaged } = found;
  const deleted = idOf(name);
  requireStopped(found, 'it is deleted');
  if (damaged !== undefined) {
    await session.store.exclusively(damaged, signal, async () => {
      await refuseBaseOfClones(session, damaged, 'can not be deleted');
      await session.store.remove(damaged.id, signal);
    });
    return { deleted };
  }
  if (definition === undefined) {
    session.forgetBroken(name);
    return { deleted };
  }
  await session.store.exclusively(definition, signal, async () => {
    requireStopped(await findMachine(session, idOf(name)), 'it is deleted');
    await refuseBaseOfClones(session, definition, 'can not be deleted');
    if (signal.aborted) throw new Fault('cancelled', `Deleting the machine "${name}" was cancelled.`);
    await session.store.remove(definition.id, signal);
  });
  return { deleted };
}
