import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import type { InventoryConflict, MachineFacts, UnseenMachines } from '../../model/conflict.ts';
import { localHost } from '../../model/host.ts';
import type { Machine } from '../../model/machine.ts';
import { fanOut } from '../fan-out.ts';
import { listAllMachines } from '../list-machines.ts';
import { choosePlaces, type Place, placeName } from '../place.ts';
import type { ProviderRegistry } from '../provider-registry.ts';
import { findRivals } from './find-rivals.ts';
import { findSharedFacts } from './shared-facts.ts';
import { findSharedNames } from './shared-names.ts';

const what = 'Looking at the disks and addresses of the machines';

/** What gets in each other's way. Details are asked of the providers that can tell them, each with the deadline of a list. */
export async function listConflicts(
  registry: ProviderRegistry,
  input: ToolInput<'inventory.conflicts'>,
  call: CallContext,
): Promise<ToolOutput<'inventory.conflicts'>> {
  const places = choosePlaces(registry, input);
  const [{ machines, missing }, rivals] = await Promise.all([
    listAllMachines(registry, places, call),
    places.some(({ host }) => host === localHost) ? findRivals(call.signal) : [],
  ]);
  const { facts, unseen } = await askFacts(registry, places, machines, input.limit, call);
  const conflicts = [...findSharedFacts(machines, facts), ...findSharedNames(machines), ...rivals];
  const checked = facts.filter(fact => fact.problem === undefined).length;
  return { conflicts: conflicts.sort(bySeverity), checked, unseen, missing: [...missing] };
}

interface FoundFacts {
  readonly facts: MachineFacts[];
  readonly unseen: UnseenMachines[];
}

async function askFacts(
  registry: ProviderRegistry,
  places: readonly Place[],
  machines: readonly Machine[],
  limit: number,
  call: CallContext,
): Promise<FoundFacts> {
  const wanted = new Map(places.map(place => [placeName(place), idsAt(machines, place)]));
  const idsOf = (place: Place) => wanted.get(placeName(place)) ?? [];
  const answers = await fanOut({
    registry,
    places: places.filter(place => idsOf(place).length > 0),
    call,
    what,
    ask: async (place, { signal }) => {
      const provider = await registry.load(place.provider);
      if (provider.facts === undefined) return undefined;
      await registry.requireAvailable(place.provider);
      const session = await registry.session(place.provider, place.host);
      return provider.facts(session, idsOf(place).slice(0, limit), { signal });
    },
  });
  return {
    facts: answers.flatMap(({ value }) => value ?? []),
    unseen: answers.flatMap(({ place, value, missing }) => {
      const ids = idsOf(place);
      if (value !== undefined) return unseenOf(place, ids, value, limit);
      const reason = missing?.reason ?? 'This provider does not tell the disks and addresses of its machines.';
      return [{ ...place, count: ids.length, reason }];
    }),
  };
}

/** By the road that is shown: another road to the same machine would tell the same. */
function idsAt(machines: readonly Machine[], place: Place): string[] {
  const start = `${placeName(place)}/`;
  return machines.flatMap(({ id, ageSeconds }) => (id.startsWith(start) && ageSeconds === undefined ? [id] : []));
}

function unseenOf(
  place: Place,
  ids: readonly string[],
  facts: readonly MachineFacts[],
  limit: number,
): UnseenMachines[] {
  const reasons = new Map<string, number>();
  for (const { problem } of facts) if (problem !== undefined) reasons.set(problem, (reasons.get(problem) ?? 0) + 1);
  const beyond = ids.length - Math.min(ids.length, limit);
  if (beyond > 0) reasons.set(`Only ${limit} machines of a host are looked at; "limit" says how many.`, beyond);
  return [...reasons].map(([reason, count]) => ({ ...place, count, reason }));
}

function bySeverity(a: InventoryConflict, b: InventoryConflict): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  return a.kind === b.kind ? (a.what < b.what ? -1 : 1) : a.kind < b.kind ? -1 : 1;
}
