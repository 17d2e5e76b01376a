import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { addAdapter, removeAdapter, setAdapter } from './change-adapters.ts';
import { createNetwork } from './create-network.ts';
import { deleteNetwork } from './delete-network.ts';
import { listNetworks } from './list-networks.ts';
import { listAdapters } from './read-adapters.ts';

const applying = ['apply', 'applyOthers'] as const;

export const networkOperations: OperationTable<ProxmoxSession> = {
  'network.list': listNetworks,
  'network.create': {
    ...createNetwork,
    // Follows from what the network leads to.
    without: ['kind'],
    also: ['type', 'node', 'ports', 'address', 'vlanAware', 'zone', 'tag', 'comment', ...applying],
  },
  'network.delete': { ...deleteNetwork, also: applying },
  'vm.adapter.list': listAdapters,
  'vm.adapter.add': addAdapter,
  'vm.adapter.set': setAdapter,
  'vm.adapter.remove': removeAdapter,
};
