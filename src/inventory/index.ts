import type { OperationTable } from '../providers/define-provider.ts';
import type { InventoryServices } from './inventory-services.ts';
import { listPage } from './list-page.ts';

/** What is asked of all providers at once. The rarer work is loaded by the call. */
export const inventoryOperations: OperationTable<InventoryServices> = {
  'vm.list': ({ providers }, input, call) => listPage(providers, input, call),
  'vm.bulk': {
    run: async (services, input, call) => (await import('./bulk/run-bulk.ts')).runBulk(services, input, call),
    plan: async (services, input, call) => (await import('./bulk/plan-bulk.ts')).planBulk(services, input, call),
  },
  'inventory.conflicts': async ({ providers }, input, call) =>
    (await import('./conflicts/list-conflicts.ts')).listConflicts(providers, input, call),
  'resource.summary': async ({ providers }, input, call) =>
    (await import('./summary/summarize-resources.ts')).summarizeResources(providers, input, call),
};
