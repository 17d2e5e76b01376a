import type { OperationTable } from '../../providers/define-provider.ts';
import type { BridgeServices } from '../bridge-services.ts';

const load = () => import('./config-operations.ts');

/** What is answered about the configuration. */
export const configOperations: OperationTable<BridgeServices> = {
  'config.get': async (services, input) => (await load()).configGet(services, input),
  'config.set': {
    run: async (services, input, call) => (await load()).configSet(services, input, call),
    plan: async (services, input) => (await load()).planConfigSet(services, input),
  },
};
