import { localHost } from '../../model/host.ts';
import type { Machine } from '../../model/machine.ts';
import type { Network } from '../../model/network.ts';
import type { Node } from '../../model/node.ts';
import type { ResourceSummary } from '../../model/resource.ts';
import type { Storage } from '../../model/storage.ts';
import type { Place } from '../place.ts';
import { findSites } from './find-sites.ts';

export interface Found {
  readonly places: readonly Place[];
  readonly machines: readonly Machine[];
  readonly nodes: readonly Node[];
  readonly storages: readonly Storage[];
  readonly networks: readonly Network[];
}

interface Scope {
  readonly scope: ResourceSummary['scope'];
  readonly provider?: string;
  readonly host?: string;
}

/** The sums: overall first, then by provider and by host. A single host is its provider and all there is. */
export function addUp(found: Found): ResourceSummary[] {
  const { places } = found;
  const providers = [...new Set(places.map(({ provider }) => provider))];
  const scopes: Scope[] = [
    { scope: 'overall' },
    ...providers.map(provider => ({ scope: 'provider' as const, provider })),
    ...places.map(place => ({ scope: 'host' as const, ...place })),
  ];
  const siteOf = findSites(places, found.machines);
  return scopes.map(scope => addScope(scope, found, siteOf));
}

/** Whether a provider's machines are on this computer, and it does not tell such parts of it itself. */
function runsHere(place: Place, parts: readonly Place[]): boolean {
  return place.host === localHost && parts.every(({ provider }) => provider !== place.provider);
}

function addScope(scope: Scope, found: Found, siteOf: (place: Place) => string): ResourceSummary {
  const isOf = (place: Place) =>
    (scope.provider === undefined || place.provider === scope.provider) &&
    (scope.host === undefined || place.host === scope.host);
  // Providers of this computer share it, unless they tell of one of their own.
  const partOf = <Part extends Place>(parts: readonly Part[]): Part[] => {
    const isHere = found.places.some(place => isOf(place) && runsHere(place, parts));
    return parts.filter(part => (part.provider === localHost ? isHere : isOf(part)));
  };
  const nodes = onePerKey(partOf(found.nodes), node => `${siteOf(node)} ${node.name}`);
  const storages = onePerKey(partOf(found.storages.filter(({ active }) => active)), storage =>
    [siteOf(storage), storage.name, storage.shared ? '' : (storage.node ?? '')].join(' '),
  );
  const networks = onePerKey(
    found.networks.filter(isOf),
    network => `${siteOf(network)} ${network.provider} ${network.name}`,
  );
  return {
    ...scope,
    ...addMachines(found.machines.filter(isOf)),
    ...addNodes(nodes),
    ...addStorages(storages),
    networks: networks.length,
  };
}

function addMachines(machines: readonly Machine[]) {
  const running = machines.filter(({ state }) => state === 'running' || state === 'paused');
  return {
    machines: machines.length,
    running: machines.filter(({ state }) => state === 'running').length,
    states: countBy(machines, ({ state }) => state),
    kinds: countBy(machines, ({ kind }) => kind),
    templates: machines.filter(({ template }) => template === true).length,
    // A paused machine keeps what it has.
    cpusAllotted: sum(running.map(({ cpus }) => cpus)) ?? 0,
    memoryAllottedBytes: sum(running.map(({ memoryBytes }) => memoryBytes)) ?? 0,
  };
}

function addNodes(nodes: readonly Node[]) {
  const online = nodes.filter(({ state }) => state !== 'offline');
  const memoryBytes = sum(online.map(node => node.memoryBytes));
  const memoryUsedBytes = sum(online.map(node => node.memoryUsedBytes));
  const used = sum(online.map(({ cpus, cpuUsage }) => (cpus === undefined ? undefined : times(cpus, cpuUsage))));
  return {
    nodes: nodes.length,
    ...optional('cpus', sum(online.map(({ cpus }) => cpus))),
    ...optional('cpusUsed', used === undefined ? undefined : Math.round(used * 100) / 100),
    ...optional('memoryBytes', memoryBytes),
    ...optional('memoryUsedBytes', memoryUsedBytes),
    ...optional('memoryFreeBytes', difference(memoryBytes, memoryUsedBytes)),
  };
}

function addStorages(storages: readonly Storage[]) {
  return {
    ...optional('storageBytes', sum(storages.map(({ totalBytes }) => totalBytes))),
    ...optional('storageUsedBytes', sum(storages.map(({ usedBytes }) => usedBytes))),
    ...optional('storageFreeBytes', sum(storages.map(({ freeBytes }) => freeBytes))),
  };
}

function onePerKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const seen = new Map(items.toReversed().map(item => [keyOf(item), item]));
  return [...seen.values()];
}

function countBy(machines: readonly Machine[], keyOf: (machine: Machine) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const machine of machines) counts[keyOf(machine)] = (counts[keyOf(machine)] ?? 0) + 1;
  return counts;
}

/** Undefined where nobody told anything: nothing known is not zero. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter(value => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

function times(a: number, b: number | undefined): number | undefined {
  return b === undefined ? undefined : a * b;
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(0, a - b);
}

function optional<Name extends string>(name: Name, value: number | undefined): { [Key in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: number });
}
