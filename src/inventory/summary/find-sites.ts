import { localHost } from '../../model/host.ts';
import type { Machine } from '../../model/machine.ts';
import { type Place, placeName, placeNameOf } from '../place.ts';

/**
 * What is the same place under several names: providers of this computer, and hosts of the configuration through which the
 * same machines are reached, such as two nodes of one cluster. Their computers and storages count once.
 */
export function findSites(places: readonly Place[], machines: readonly Machine[]): (place: Place) => string {
  const parents = new Map(places.map(place => [placeName(place), placeName(place)]));
  const find = (name: string): string => {
    const parent = parents.get(name) ?? name;
    return parent === name ? name : find(parent);
  };
  const join = (a: string, b: string) => {
    const [low = a, high = b] = [find(a), find(b)].sort();
    if (low !== high) parents.set(high, low);
  };
  for (const { id, otherIds = [] } of machines) {
    for (const other of otherIds) join(placeNameOf(id), placeNameOf(other));
  }
  return place => (place.host === localHost ? localHost : find(placeName(place)));
}
