import path from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { QemuSession } from './session.ts';

/** Throws `conflict` when other machines stand on the disks of this one, which must then stay as they are. */
export async function refuseBaseOfClones(
  session: QemuSession,
  { id, name }: { readonly id: string; readonly name: string },
  what: string,
): Promise<void> {
  const own = session.store.folderOf(id);
  const others = await session.store.list();
  const clones = others.filter(other =>
    other.disks.some(({ backing }) => backing && path.dirname(backing.path) === own),
  );
  if (clones.length === 0) return;
  const names = clones.map(clone => clone.name);
  throw new Fault('conflict', `The machine "${name}" ${what}: linked clones stand on its disks: ${names.join(', ')}.`, {
    remedy: 'Work with a clone, or delete the clones first.',
    data: { field: 'vm', clones: names },
  });
}
