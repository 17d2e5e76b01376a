import { Fault } from '../errors/fault.ts';
import { localHost } from '../model/host.ts';
import type { Machine } from '../model/machine.ts';
import type { ProviderRegistry } from './provider-registry.ts';

/** A provider at one of its hosts. */
export interface Place {
  readonly provider: string;
  readonly host: string;
}

/** As ids of its machines begin, e.g. `proxmox:lab`. */
export function placeName({ provider, host }: Place): string {
  return `${provider}:${host}`;
}

/** Every provider that is switched on, at each of its hosts. */
export function allPlaces(registry: ProviderRegistry): Place[] {
  return registry.enabled.flatMap(({ id }) => registry.hosts(id).map(host => ({ provider: id, host })));
}

/** Those of a provider, of a host, or of both. Throws `not_found` for what there is not. */
export function choosePlaces(
  registry: ProviderRegistry,
  { provider, host }: { readonly provider?: string | undefined; readonly host?: string | undefined },
): Place[] {
  if (provider !== undefined) registry.find(provider);
  if (host !== undefined && host !== localHost) registry.providerOf(host);
  const chosen = allPlaces(registry).filter(
    place => (provider === undefined || place.provider === provider) && (host === undefined || place.host === host),
  );
  if (chosen.length > 0 || provider === undefined || host === undefined) return chosen;
  const candidates = [...registry.hosts(provider)];
  throw new Fault('not_found', `The provider "${provider}" has no host "${host}".`, {
    remedy: candidates.length > 0 ? `Use one of: ${candidates.join(', ')}.` : 'Leave one of the two out.',
    data: { field: 'host', candidates },
  });
}

/** Whether a machine is at one of these places, by any road. */
export function isAtOneOf(places: readonly Place[]): (machine: Pick<Machine, 'id' | 'otherIds'>) => boolean {
  const names = new Set(places.map(placeName));
  return ({ id, otherIds = [] }) => names.has(placeNameOf(id)) || otherIds.some(other => names.has(placeNameOf(other)));
}

/** `proxmox:lab` of `proxmox:lab/100`. */
export function placeNameOf(id: string): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(0, slash);
}
