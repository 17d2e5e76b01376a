import type { CallContext } from '../model/call.ts';
import type { MissingPart } from '../model/inventory.ts';
import type { Machine } from '../model/machine.ts';
import { bindOperation } from './ask-provider.ts';
import { deadlineOf, fanOut, type PlaceAnswer } from './fan-out.ts';
import type { KnownRows, LastKnown } from './last-known.ts';
import { lastKnownOf } from './last-known-of.ts';
import { mergeMachines } from './merge-machines.ts';
import type { Place } from './place.ts';
import type { ProviderRegistry } from './provider-registry.ts';

/** So many rows are asked of a provider at once; those that have more are asked again. */
const pageSize = 100_000;
const what = 'Listing the machines';

export interface Listing {
  /** Each machine once, by id. */
  readonly machines: readonly Machine[];
  readonly missing: readonly MissingPart[];
}

interface Told {
  readonly machines: readonly Machine[];
  readonly missing: readonly MissingPart[];
}

/**
 * The machines of the given places, each machine once. Where a place fails or is late it is named in `missing`, and the
 * rows of its last good answer stand in, with their age.
 */
export async function listAllMachines(
  registry: ProviderRegistry,
  places: readonly Place[],
  call: CallContext,
): Promise<Listing> {
  const known = lastKnownOf(registry);
  // Read before the deadline, so that nobody waits for a file after it.
  const early = setTimeout(() => {
    for (const place of places) void known.find(place);
  }, deadlineOf(registry) / 2);
  try {
    const ask = (place: Place, own: CallContext) => askPlace(registry, place, own);
    const answers = await fanOut({ registry, places, call, what, ask });
    for (const { place, value } of answers) if (value !== undefined) known.keep(place, value.machines);
    const rows = await Promise.all(answers.map(answer => rowsOf(answer, known)));
    const shown = rows.flat().filter(machine => registry.allowsMachine(machine));
    return {
      machines: sortById(mergeMachines(shown)),
      missing: answers.flatMap(({ missing, value }) => missing ?? value?.missing ?? []),
    };
  } finally {
    clearTimeout(early);
  }
}

async function askPlace(registry: ProviderRegistry, place: Place, call: CallContext): Promise<Told> {
  const list = await bindOperation(registry, place, 'vm.list');
  if (list === undefined) return { machines: [], missing: [] };
  const first = await list({ limit: pageSize, offset: 0 }, call);
  // Checked as a whole when it is answered: providers tell whole machines.
  const machines = first.machines as Machine[];
  const missing = [...first.missing];
  for (let total = first.total; machines.length < total; ) {
    const page = await list({ limit: pageSize, offset: machines.length }, call);
    machines.push(...(page.machines as Machine[]));
    total = page.machines.length === 0 ? 0 : page.total;
  }
  return { machines, missing };
}

async function rowsOf({ place, value }: PlaceAnswer<Told>, known: LastKnown): Promise<readonly Machine[]> {
  if (value !== undefined) return value.machines;
  const last = await known.find(place);
  return last === undefined ? [] : agedRows(last);
}

function agedRows({ rows, at }: KnownRows): Machine[] {
  const ageSeconds = Math.max(0, Math.round((Date.now() - at) / 1000));
  return rows.map(row => ({ ...row, ageSeconds: (row.ageSeconds ?? 0) + ageSeconds }));
}

/** Most hosts tell theirs in this order already. */
function sortById(machines: readonly Machine[]): readonly Machine[] {
  const isSorted = machines.every((machine, index) => index === 0 || (machines[index - 1]?.id ?? '') < machine.id);
  return isSorted ? machines : [...machines].sort((a, b) => (a.id < b.id ? -1 : 1));
}
