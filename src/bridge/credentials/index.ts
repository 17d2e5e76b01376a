import type { OperationTable } from '../../providers/define-provider.ts';
import type { BridgeServices } from '../bridge-services.ts';

const load = () => import('./credential-operations.ts');

/** What is answered about the kept secrets. */
export const credentialOperations: OperationTable<BridgeServices> = {
  'credential.set': {
    run: async (services, input, call) => (await load()).credentialSet(services, input, call),
    plan: async (services, input) => (await load()).planCredentialSet(services, input),
  },
  'credential.list': async services => (await load()).credentialList(services),
  'credential.remove': {
    run: async (services, input, call) => (await load()).credentialRemove(services, input, call),
    plan: async (services, input) => (await load()).planCredentialRemove(services, input),
  },
};
