import type { CallContext } from '../../model/call.ts';
import type { MissingPart } from '../../model/inventory.ts';
import type { Network } from '../../model/network.ts';
import type { Node } from '../../model/node.ts';
import type { Storage } from '../../model/storage.ts';
import { bindOperation } from '../ask-provider.ts';
import { fanOut } from '../fan-out.ts';
import type { Place } from '../place.ts';
import type { ProviderRegistry } from '../provider-registry.ts';

export interface Parts {
  readonly nodes: readonly Node[];
  readonly storages: readonly Storage[];
  readonly networks: readonly Network[];
  readonly missing: readonly MissingPart[];
}

/** What the places have beside machines. A provider that does not know such things has none of them. */
export async function askParts(
  registry: ProviderRegistry,
  places: readonly Place[],
  call: CallContext,
): Promise<Parts> {
  const what = 'Adding up the resources';
  const [nodes, storages, networks] = await Promise.all([
    fanOut({
      registry,
      places,
      call,
      what,
      ask: async (place, own) =>
        (await (await bindOperation(registry, place, 'node.list'))?.({ detailed: false }, own))?.nodes ?? [],
    }),
    fanOut({
      registry,
      places,
      call,
      what,
      ask: async (place, own) =>
        (await (await bindOperation(registry, place, 'storage.list'))?.({}, own))?.storages ?? [],
    }),
    fanOut({
      registry,
      places,
      call,
      what,
      ask: async (place, own) =>
        (await (await bindOperation(registry, place, 'network.list'))?.({}, own))?.networks ?? [],
    }),
  ]);
  return {
    nodes: nodes.flatMap(({ value }) => value ?? []),
    storages: storages.flatMap(({ value }) => value ?? []),
    networks: networks.flatMap(({ value }) => value ?? []),
    missing: [...nodes, ...storages, ...networks].flatMap(({ missing }) => missing ?? []),
  };
}
