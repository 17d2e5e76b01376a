import type { OperationTable } from '../providers/define-provider.ts';
import { approvalOperations } from './approvals/index.ts';
import type { BridgeServices } from './bridge-services.ts';
import { configOperations } from './configuration/index.ts';
import { credentialOperations } from './credentials/index.ts';
import { hostOperations } from './hosts/index.ts';

/** What the bridge answers itself. The work is loaded by the call: most processes ask for little of it. */
export const bridgeOperations: OperationTable<BridgeServices> = {
  'provider.list': async (services, _input, call) =>
    (await import('./list-providers.ts')).listProviders(services, call),
  'engine.status': async (services, input, call) =>
    (await import('./engine-status.ts')).engineStatus(services, input, call),
  'engine.install': {
    run: async (services, input, call) => (await import('./engine-install.ts')).engineInstall(services, input, call),
    plan: async (services, input, call) =>
      (await import('./engine-install.ts')).planEngineInstall(services, input, call),
  },
  'engine.drivers': {
    run: async (services, input, call) => (await import('./engine-install.ts')).engineDrivers(services, input, call),
    plan: async (services, input, call) =>
      (await import('./engine-install.ts')).planEngineDrivers(services, input, call),
  },
  'image.inspect': async (_services, input, call) => {
    const { inspectImage } = await import('../disk/inspect-image.ts');
    return inspectImage(input.image, { format: input.format, parents: input.parents, signal: call.signal });
  },
  'image.verify': async (_services, input, call) => (await import('./verify-image.ts')).verifyImage(input, call),
  'image.ls': async (_services, input, call) => (await import('./image-files.ts')).imageList(input, call),
  'image.cp': {
    run: async (_services, input, call) => (await import('./image-files.ts')).imageCopy(input, call),
    plan: async (_services, input, call) => (await import('./image-files.ts')).planImageCopy(input, call),
  },
  'proof.schedule': {
    run: async (services, input, call) => (await import('./proof-schedule.ts')).scheduleProofs(services, input, call),
    plan: async (services, input) => (await import('./proof-schedule.ts')).planScheduleProofs(services, input),
  },
  'proof.verify': async (services, input, call) => (await import('./proofs.ts')).proofVerify(services, input, call),
  'proof.list': async (services, input, call) => (await import('./proofs.ts')).proofList(services, input, call),
  'proof.get': async (services, input, call) => (await import('./proofs.ts')).proofGet(services, input, call),
  'proof.key': {
    run: async (services, input, call) => (await import('./proofs.ts')).proofKey(services, input, call),
    plan: async (services, input, call) => (await import('./proofs.ts')).planProofKey(services, input, call),
  },
  ...approvalOperations,
  ...hostOperations,
  ...credentialOperations,
  ...configOperations,
  'operation.list': async ({ operations }, input) => {
    const reports = (await operations.list()).filter(
      report => input.state === undefined || report.state === input.state,
    );
    return {
      operations: reports
        .slice(0, input.limit)
        .map(({ processId: _p, result: _r, undo: _u, fault: _f, ...summary }) => summary),
    };
  },
  'operation.get': async ({ operations }, input) => ({ operation: await operations.get(input.operation) }),
  'operation.wait': async ({ operations }, input, call) => ({
    operation: await operations.wait(input.operation, input.seconds * 1000, call.signal, update =>
      call.progress(update),
    ),
  }),
  'operation.cancel': {
    run: async ({ operations }, input) => ({ operation: await operations.cancel(input.operation) }),
    plan: ({ operations }, input) => operations.planCancel(input.operation),
  },
};
