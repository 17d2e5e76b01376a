import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import * as ha from './change-ha.ts';
import * as rules from './change-ha-rules.ts';
import * as replication from './change-replication.ts';
import { listNodes } from './list-nodes.ts';
import { listHa } from './read-ha.ts';
import { listReplication } from './read-replication.ts';
import { readStatus } from './read-status.ts';

export const clusterOperations = {
  'node.list': { run: listNodes, also: ['detailed'] },
  'cluster.status': readStatus,
  'ha.list': listHa,
  'ha.set': { run: ha.setHa, plan: ha.planSetHa },
  'ha.remove': { run: ha.removeHa, plan: ha.planRemoveHa },
  'ha.rule.set': { run: rules.setRule, plan: rules.planSetRule },
  'ha.rule.remove': { run: rules.removeRule, plan: rules.planRemoveRule },
  'replication.list': listReplication,
  'replication.set': { run: replication.setReplication, plan: replication.planSetReplication },
  'replication.remove': { run: replication.removeReplication, plan: replication.planRemoveReplication },
  'replication.run': { run: replication.runReplication, plan: replication.planRunReplication },
} satisfies OperationTable<ProxmoxSession>;
