import { Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import { listAllMachines } from './list-machines.ts';
import type { ProviderRegistry } from './provider-registry.ts';

export interface ResolvedMachine {
  readonly id: string;
  readonly name: string | undefined;
  readonly provider: string;
}

/**
 * The machine that an id or a name means. An id of an enabled provider is taken at its word, so that a slow provider
 * elsewhere costs nothing; a name is looked for everywhere. Throws `not_found`, or `ambiguous` with the candidates.
 */
export async function resolveMachine(
  registry: ProviderRegistry,
  reference: string,
  call: CallContext,
): Promise<ResolvedMachine> {
  const [prefix = '', rest] = reference.split(':', 2);
  if (rest !== undefined && registry.enabled.some(provider => provider.id === prefix)) {
    return { id: reference, name: undefined, provider: prefix };
  }
  const ids = registry.enabled.map(provider => provider.id);
  const { machines, missing } = await listAllMachines(registry, ids, call);
  const matches = machines.filter(machine => machine.name === reference);
  const [first, second] = matches;
  if (first === undefined) {
    throw new Fault('not_found', `There is no machine "${reference}".`, {
      remedy: 'See vm.list for the machines there are.',
      data: {
        field: 'vm',
        candidates: similar(
          machines.map(machine => machine.name),
          reference,
        ),
        missing,
      },
    });
  }
  if (second !== undefined) {
    const candidates = matches.map(machine => machine.id);
    throw new Fault('ambiguous', `${matches.length} machines have the name "${reference}".`, {
      remedy: `Use an id: ${candidates.join(', ')}.`,
      data: { field: 'vm', candidates },
    });
  }
  return { id: first.id, name: first.name, provider: first.provider };
}

function similar(names: readonly string[], reference: string): string[] {
  const wanted = reference.toLowerCase();
  return names.filter(name => name.toLowerCase().includes(wanted) || wanted.includes(name.toLowerCase())).slice(0, 10);
}
