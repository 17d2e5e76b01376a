import type { OperationTable } from '../providers/define-provider.ts';
import { listAllMachines } from './list-machines.ts';
import { matchName } from './name-pattern.ts';
import type { ProviderRegistry } from './provider-registry.ts';

/** What is asked of all providers at once. */
export const inventoryOperations: OperationTable<ProviderRegistry> = {
  'vm.list': async (registry, input, call) => {
    const ids =
      input.provider === undefined ? registry.enabled.map(({ id }) => id) : [registry.find(input.provider).id];
    const { machines, missing } = await listAllMachines(registry, ids, call);
    const named = input.name === undefined ? () => true : matchName(input.name);
    const matches = machines.filter(
      machine =>
        (input.state === undefined || machine.state === input.state) &&
        (input.kind === undefined || machine.kind === input.kind) &&
        named(machine.name),
    );
    return { machines: matches.slice(input.offset, input.offset + input.limit), total: matches.length, missing };
  },
};
