import type { InventoryConflict } from '../../model/conflict.ts';
import type { Machine } from '../../model/machine.ts';

/** Names that several machines have: such a machine can only be given by its id. */
export function findSharedNames(machines: readonly Machine[]): InventoryConflict[] {
  const byName = Map.groupBy(machines, ({ name }) => name);
  return [...byName].flatMap(([name, owners]): InventoryConflict[] => {
    if (owners.length < 2) return [];
    return [
      {
        kind: 'name',
        severity: 'warning',
        what: name,
        machines: owners.map(({ id }) => id),
        reason: `${owners.length} machines have this name.`,
        remedy: 'Give them by their ids, or rename all but one.',
      },
    ];
  });
}
