import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { createCheckpoint } from './create-checkpoint.ts';
import { deleteCheckpoint } from './delete-checkpoint.ts';
import { readCheckpoints } from './read-snapshots.ts';
import { restoreCheckpoint } from './restore-checkpoint.ts';

export const snapshotOperations: OperationTable<ProxmoxSession> = {
  'vm.checkpoint.list': async (session, { vm }, { signal }) => ({
    checkpoints: await readCheckpoints(session, await session.findGuest(vm, signal), signal),
  }),
  'vm.checkpoint.create': createCheckpoint,
  'vm.checkpoint.restore': { ...restoreCheckpoint, also: ['start'] },
  'vm.checkpoint.delete': deleteCheckpoint,
};
