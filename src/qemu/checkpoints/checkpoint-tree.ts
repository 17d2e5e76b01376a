import type { KeptCheckpoint, MachineDefinition } from '../machines/machine-definition.ts';

/** With a checkpoint that the machine stands on from now on; its parent is the one that it stood on. */
export function addCheckpoint(definition: MachineDefinition, made: Omit<KeptCheckpoint, 'parent'>): MachineDefinition {
  const { current } = definition;
  const checkpoint = { ...made, ...(current === undefined ? {} : { parent: current }) };
  return { ...definition, checkpoints: [...definition.checkpoints, checkpoint], current: made.id };
}

/** Without a checkpoint; those made upon it are then made upon its parent. */
export function removeCheckpoint(definition: MachineDefinition, id: string): MachineDefinition {
  const { checkpoints, current, ...rest } = definition;
  const parent = checkpoints.find(each => each.id === id)?.parent;
  const stands = current === id ? parent : current;
  return {
    ...rest,
    checkpoints: checkpoints
      .filter(each => each.id !== id)
      .map(each => (each.parent === id ? adopt(each, parent) : each)),
    ...(stands === undefined ? {} : { current: stands }),
  };
}

function adopt({ parent: _, ...checkpoint }: KeptCheckpoint, parent: string | undefined): KeptCheckpoint {
  return parent === undefined ? checkpoint : { ...checkpoint, parent };
}

/** Nothing is being done with the checkpoints any more. */
export function stopPending({ pending: _, ...definition }: MachineDefinition): MachineDefinition {
  return definition;
}
