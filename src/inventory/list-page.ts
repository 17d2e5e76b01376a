import type { ToolInput, ToolOutput } from '../catalog/types.ts';
import type { CallContext } from '../model/call.ts';
import type { ListedMachine } from '../model/inventory.ts';
import type { Machine } from '../model/machine.ts';
import { type Listing, listAllMachines } from './list-machines.ts';
import { choosePlaces } from './place.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import { filterMachines, sortMachines } from './select-machines.ts';
import { ViewCache } from './view-cache.ts';

type Input = ToolInput<'vm.list'>;
type Field = NonNullable<Input['fields']>[number];

const caches = new WeakMap<ProviderRegistry, ViewCache>();

/** One page of the machines that are asked for. */
export async function listPage(
  registry: ProviderRegistry,
  input: Input,
  call: CallContext,
): Promise<ToolOutput<'vm.list'>> {
  const { fields, limit, offset, ...view } = input;
  const { machines, missing } = await viewsOf(registry).find(JSON.stringify(view), offset, () =>
    listView(registry, view, call),
  );
  const page = machines.slice(offset, offset + limit);
  return {
    machines: page.map(machine => (fields === undefined ? presentRow(machine) : pickFields(machine, fields))),
    total: machines.length,
    missing: [...missing],
  };
}

async function listView(
  registry: ProviderRegistry,
  view: Omit<Input, 'fields' | 'limit' | 'offset'>,
  call: CallContext,
): Promise<Listing> {
  const { machines, missing } = await listAllMachines(registry, choosePlaces(registry, view), call);
  return { machines: sortMachines(filterMachines(machines, view), view.sort), missing };
}

/** What a machine is recognised by serves the merging: it would cost a model more than all the rest, and tell it nothing. */
function presentRow({ identity: _, ...row }: Machine): ListedMachine {
  return row;
}

/** The order of the fields is that of the row, so that tables of several rows agree. */
function pickFields(machine: Machine, fields: readonly Field[]): ListedMachine {
  const entries = Object.entries(machine).filter(([name]) => name === 'id' || fields.includes(name as Field));
  return Object.fromEntries(entries) as ListedMachine;
}

function viewsOf(registry: ProviderRegistry): ViewCache {
  const known = caches.get(registry);
  if (known !== undefined) return known;
  const created = new ViewCache();
  caches.set(registry, created);
  return created;
}
