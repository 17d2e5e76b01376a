import { ApiError } from '../schema/api-error.ts';
import type { Cluster } from '../state/cluster.ts';
import { type Volume, volumesOf } from '../state/storages.ts';

/** The volume of that id, seen from a node. */
export function findVolume(cluster: Cluster, node: string, volid: string): Volume {
  const storage = cluster.requireStorage(volid.split(':')[0] ?? '', node);
  const found = volumesOf(storage, node).get(volid);
  if (found === undefined) throw new ApiError(500, `volume '${volid}' does not exist`);
  return found;
}
