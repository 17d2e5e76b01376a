import type { OperationTable } from '../../providers/define-provider.ts';
import type { BridgeServices } from '../bridge-services.ts';

const load = () => import('./host-operations.ts');

/** What is answered about the hosts of the configuration. */
export const hostOperations: OperationTable<BridgeServices> = {
  'host.list': async services => (await load()).hostList(services),
  'host.test': async (services, input, call) => (await load()).hostTest(services, input, call),
  'host.add': {
    run: async (services, input, call) => (await load()).hostAdd(services, input, call),
    plan: async (services, input) => (await load()).planHostAdd(services, input),
  },
  'host.remove': {
    run: async (services, input, call) => (await load()).hostRemove(services, input, call),
    plan: async (services, input) => (await load()).planHostRemove(services, input),
  },
};
