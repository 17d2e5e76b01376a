import type { Checkpoint } from '../../../model/checkpoint.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { findKept } from '../find-machine.ts';
import type { QemuSession } from '../session.ts';

export async function listCheckpoints(
  session: QemuSession,
  { vm }: { readonly vm: string },
): Promise<{ checkpoints: Checkpoint[] }> {
  const { definition } = await findKept(session, vm);
  return { checkpoints: presentCheckpoints(definition) };
}

export function presentCheckpoints({ checkpoints, current }: MachineDefinition): Checkpoint[] {
  return checkpoints.map(({ id, name, createdAt, parent, memory }) => ({
    id,
    name,
    createdAt,
    ...(parent === undefined ? {} : { parent }),
    current: id === current,
    memory,
  }));
}
