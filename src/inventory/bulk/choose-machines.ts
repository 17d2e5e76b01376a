import type { ToolInput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { MissingPart } from '../../model/inventory.ts';
import type { Machine } from '../../model/machine.ts';
import { type Listing, listAllMachines } from '../list-machines.ts';
import { allPlaces, choosePlaces, isAtOneOf } from '../place.ts';
import type { ProviderRegistry } from '../provider-registry.ts';
import { findByName } from '../resolve-machine.ts';
import { filterMachines } from '../select-machines.ts';

/** More machines than this are not touched unless the caller says how many there are: a pattern is easily too wide. */
export const mostUnconfirmed = 100;

const selectors = ['vms', 'provider', 'host', 'state', 'kind', 'tag', 'name', 'text'] as const;

export interface ChosenMachines {
  /** By id. */
  readonly machines: readonly Machine[];
  readonly missing: readonly MissingPart[];
}

/** The machines that a bulk call means. Throws for an empty selector, for names that are not there, and for an unconfirmed crowd. */
export async function chooseMachines(
  registry: ProviderRegistry,
  input: ToolInput<'vm.bulk'>,
  call: CallContext,
): Promise<ChosenMachines> {
  if (selectors.every(field => input[field] === undefined)) {
    throw new Fault('invalid', 'Nothing says which machines are meant.', {
      remedy: `Set at least one of ${selectors.join(', ')}; the name "*" means every machine.`,
      data: { field: 'vms' },
    });
  }
  // Names are looked for everywhere, so that one that two hosts have stays ambiguous.
  const places = input.vms === undefined ? choosePlaces(registry, input) : allPlaces(registry);
  const listing = await listAllMachines(registry, places, call);
  const named = input.vms === undefined ? listing.machines : findNamed(registry, listing, input.vms);
  const machines = filterMachines(named.filter(isAtOneOf(choosePlaces(registry, input))), input);
  requireConfirmation(machines.length, input.confirmCount);
  return { machines, missing: listing.missing };
}

function findNamed(registry: ProviderRegistry, listing: Listing, references: readonly string[]): Machine[] {
  const byId = new Map(listing.machines.flatMap(machine => idsOf(machine).map(id => [id, machine] as const)));
  const found = references.map(reference => byId.get(reference) ?? findListed(registry, listing, reference));
  return [...new Set(found)].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** An id that nobody lists is no name either. */
function findListed(registry: ProviderRegistry, listing: Listing, reference: string): Machine {
  const prefix = reference.split(':', 1)[0] ?? '';
  if (!reference.includes(':') || registry.enabled.every(({ id }) => id !== prefix))
    return findByName(listing, reference);
  throw new Fault('not_found', `There is no machine "${reference}".`, {
    remedy: 'See vm.list for the machines there are.',
    data: { field: 'vms', missing: listing.missing },
  });
}

function idsOf({ id, otherIds = [] }: Machine): string[] {
  return [id, ...otherIds];
}

function requireConfirmation(count: number, confirmed: number | undefined): void {
  if (confirmed === undefined ? count <= mostUnconfirmed : confirmed === count) return;
  const matching = count === 1 ? '1 machine matches' : `${count} machines match`;
  throw new Fault('conflict', `${matching}${confirmed === undefined ? '' : `, and not ${confirmed}`}.`, {
    remedy: `Narrow the selector, or set "confirmCount" to ${count}.`,
    data: { field: 'confirmCount', count },
  });
}
