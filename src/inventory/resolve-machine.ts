import { Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { Machine } from '../model/machine.ts';
import { type Listing, listAllMachines } from './list-machines.ts';
import { allPlaces } from './place.ts';
import type { ProviderRegistry } from './provider-registry.ts';

export interface ResolvedMachine {
  readonly id: string;
  readonly name: string | undefined;
  readonly provider: string;
  readonly host: string;
}

/**
 * The machine that an id or a name means. An id of an enabled provider is taken at its word, so that a slow provider
 * elsewhere costs nothing; a name is looked for everywhere, and means the same machine by whatever roads it is reached.
 * Throws `not_found`, or `ambiguous` with the candidates.
 */
export async function resolveMachine(
  registry: ProviderRegistry,
  reference: string,
  call: CallContext,
): Promise<ResolvedMachine> {
  const [prefix = '', rest] = reference.split(':', 2);
  if (rest !== undefined && registry.enabled.some(provider => provider.id === prefix)) {
    return { id: reference, name: undefined, provider: prefix, host: hostOf(reference) };
  }
  const listing = await listAllMachines(registry, allPlaces(registry), call);
  const { id, name, provider } = findByName(listing, reference);
  return { id, name, provider, host: hostOf(id) };
}

/** The only machine of that name. Throws `not_found` and `ambiguous`. */
export function findByName({ machines, missing }: Listing, name: string): Machine {
  const matches = machines.filter(machine => machine.name === name);
  const [first, second] = matches;
  if (first === undefined) {
    const names = machines.map(machine => machine.name);
    throw new Fault('not_found', `There is no machine "${name}".`, {
      remedy: 'See vm.list for the machines there are.',
      data: { field: 'vm', candidates: similar(names, name), missing },
    });
  }
  if (second === undefined) return first;
  const candidates = matches.map(machine => machine.id);
  throw new Fault('ambiguous', `${matches.length} machines have the name "${name}".`, {
    remedy: `Use an id: ${candidates.join(', ')}.`,
    data: { field: 'vm', candidates },
  });
}

/** `lab` of `proxmox:lab/100`. */
function hostOf(id: string): string {
  return id.slice(id.indexOf(':') + 1).split('/', 1)[0] ?? '';
}

function similar(names: readonly string[], reference: string): string[] {
  const wanted = reference.toLowerCase();
  return names.filter(name => name.toLowerCase().includes(wanted) || wanted.includes(name.toLowerCase())).slice(0, 10);
}
