import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import { localHost } from '../../model/host.ts';
import type { MissingPart } from '../../model/inventory.ts';
import { listAllMachines } from '../list-machines.ts';
import { choosePlaces, type Place } from '../place.ts';
import type { ProviderRegistry } from '../provider-registry.ts';
import { addUp } from './add-up.ts';
import { askParts } from './ask-parts.ts';
import { describeThisComputer } from './this-computer.ts';

/** What there is and what is left: of all, of each provider, and of each of its hosts. */
export async function summarizeResources(
  registry: ProviderRegistry,
  input: ToolInput<'resource.summary'>,
  call: CallContext,
): Promise<ToolOutput<'resource.summary'>> {
  const places = choosePlaces(registry, input);
  const [{ machines, missing }, parts] = await Promise.all([
    listAllMachines(registry, places, call),
    askParts(registry, places, call),
  ]);
  const own = places.some(({ host }) => host === localHost)
    ? await describeThisComputer(registry.paths.state)
    : undefined;
  const nodes = [...parts.nodes, ...(own === undefined ? [] : [own.node])];
  const storages = [...parts.storages, ...(own?.storage === undefined ? [] : [own.storage])];
  return {
    summaries: addUp({ places, machines, nodes, storages, networks: parts.networks }),
    missing: withoutTwins([...missing, ...parts.missing]),
  };
}

/** A host that does not answer fails to answer each question. */
function withoutTwins(missing: readonly MissingPart[]): MissingPart[] {
  const seen = new Map<string, MissingPart>();
  for (const part of missing) {
    const key = placeKey({ provider: part.provider, host: part.host ?? '' });
    if (!seen.has(key)) seen.set(key, part);
  }
  return [...seen.values()];
}

function placeKey({ provider, host }: Place): string {
  return `${provider}:${host}`;
}
