import { changeSlot } from '../machines/change-slot.ts';
import { readMachine } from '../machines/read-machine.ts';
import { refuseLocked } from '../machines/refusals.ts';
import { at, type Step } from '../machines/step.ts';
import { findCheckpoint, readCheckpoints } from './read-snapshots.ts';

/** Those made upon it get its parent. */
export const deleteCheckpoint = changeSlot<'vm.checkpoint.delete'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { machine, guest } = now;
  refuseLocked(now);
  const { id, name } = findCheckpoint(await readCheckpoints(session, guest, signal), input.checkpoint, machine.name);
  const step: Step = {
    summary: `Delete the checkpoint "${name}" of "${machine.name}".`,
    what: `Deleting a checkpoint of "${machine.name}"`,
    request: {
      method: 'DELETE',
      path: '/nodes/{node}/{type}/{vmid}/snapshot/{snapname}',
      params: { ...at(guest), snapname: id },
    },
  };
  return { steps: [step], finish: async () => ({ deleted: id }) };
});
