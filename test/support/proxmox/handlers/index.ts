import type { ApiSchema } from '../schema/types.ts';
import type { Handler, Handlers } from '../state/handler.ts';
import { accessHandlers } from './access.ts';
import { agentHandlers } from './agent.ts';
import { backupHandlers } from './backups.ts';
import { bulkHandlers } from './bulk.ts';
import { clusterHandlers } from './cluster.ts';
import { consoleHandlers } from './consoles.ts';
import { guestCloneHandlers } from './guest-clone.ts';
import { guestConfigHandlers } from './guest-config.ts';
import { guestCreateHandlers } from './guest-create.ts';
import { guestHandlers } from './guests.ts';
import { haHandlers } from './ha.ts';
import { jobHandlers } from './jobs.ts';
import { migrateHandlers } from './migrate.ts';
import { networkHandlers } from './network.ts';
import { nodeInfoHandlers } from './node-info.ts';
import { poolHandlers } from './pools.ts';
import { powerHandlers } from './power.ts';
import { replicationHandlers } from './replication.ts';
import { sdnHandlers } from './sdn.ts';
import { snapshotHandlers } from './snapshots.ts';
import { storageHandlers } from './storage.ts';
import { storageConfigHandlers } from './storage-config.ts';
import { taskHandlers } from './tasks.ts';

const tables: readonly Handlers[] = [
  accessHandlers,
  agentHandlers,
  backupHandlers,
  bulkHandlers,
  clusterHandlers,
  consoleHandlers,
  guestCloneHandlers,
  guestConfigHandlers,
  guestCreateHandlers,
  guestHandlers,
  haHandlers,
  jobHandlers,
  migrateHandlers,
  networkHandlers,
  nodeInfoHandlers,
  poolHandlers,
  powerHandlers,
  replicationHandlers,
  sdnHandlers,
  snapshotHandlers,
  storageConfigHandlers,
  storageHandlers,
  taskHandlers,
];

/** The handlers by method and template; each has to be in one of the schemas. */
export function allHandlers(schema: ApiSchema): ReadonlyMap<string, Handler> {
  const found = new Map<string, Handler>();
  for (const [key, handler] of tables.flatMap(table => Object.entries(table))) {
    for (const type of key.includes('{type}') ? ['qemu', 'lxc'] : ['']) {
      const full = key.replace('{type}', type);
      const [verb = '', template = ''] = full.split(' ');
      const isKnown = [...(schema.paths.get(template)?.keys() ?? [])].some(name => name === verb);
      if (isKnown) found.set(full, handler);
    }
  }
  return found;
}

export function handlerKeys(): string[] {
  return tables.flatMap(table => Object.keys(table));
}
