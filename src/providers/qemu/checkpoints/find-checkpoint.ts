import { Fault } from '../../../errors/fault.ts';
import type { KeptCheckpoint, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';

/** By id or, where only one has it, by name. Throws `not_found` and `ambiguous`. */
export function findCheckpoint({ name, checkpoints }: MachineDefinition, reference: string): KeptCheckpoint {
  const byId = checkpoints.find(({ id }) => id === reference);
  if (byId !== undefined) return byId;
  const [first, ...others] = checkpoints.filter(checkpoint => checkpoint.name === reference);
  if (first === undefined) {
    throw new Fault('not_found', `The machine "${name}" has no checkpoint "${reference}".`, {
      remedy: 'See vm.checkpoint.list for those it has.',
      data: { field: 'checkpoint', candidates: checkpoints.slice(0, 20).map(({ id }) => id) },
    });
  }
  if (others.length === 0) return first;
  const candidates = [first, ...others].map(({ id }) => id);
  throw new Fault('ambiguous', `${candidates.length} checkpoints of "${name}" have the name "${reference}".`, {
    remedy: `Use an id: ${candidates.join(', ')}.`,
    data: { field: 'checkpoint', candidates },
  });
}
