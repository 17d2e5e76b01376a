import type { OperationTable } from '../../providers/define-provider.ts';
import type { BridgeServices } from '../bridge-services.ts';

/** Approvals as people see them, and what undoes a change. */
export const approvalOperations: OperationTable<BridgeServices> = {
  'approval.list': async (services, input) => (await import('./answer.ts')).listApprovals(services, input),
  'approval.decide': {
    run: async (services, input, call) => (await import('./answer.ts')).decideApproval(services, input, call),
    plan: async (services, input) => (await import('./answer.ts')).planDecision(services, input),
  },
  'operation.undo': {
    run: async (services, input, call) => (await import('../undo/undo-change.ts')).undoChange(services, input, call),
    plan: async (services, input, call) => (await import('../undo/undo-change.ts')).planUndo(services, input, call),
  },
};
