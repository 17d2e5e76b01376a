import type { OperationTable } from '../providers/define-provider.ts';
import { listAllMachines } from './list-machines.ts';
import { matchName } from './name-pattern.ts';
import { PageCache } from './page-cache.ts';
import type { ProviderRegistry } from './provider-registry.ts';

const caches = new WeakMap<ProviderRegistry, PageCache>();

function pagesOf(registry: ProviderRegistry): PageCache {
  const known = caches.get(registry);
  if (known !== undefined) return known;
  const created = new PageCache();
  caches.set(registry, created);
  return created;
}

/** What is asked of all providers at once. */
export const inventoryOperations: OperationTable<ProviderRegistry> = {
  'vm.list': async (registry, input, call) => {
    const ids =
      input.provider === undefined ? registry.enabled.map(({ id }) => id) : [registry.find(input.provider).id];
    const { machines, missing } = await pagesOf(registry).find(ids.join(), input.offset, () =>
      listAllMachines(registry, ids, call),
    );
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
