import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { readGuest, readMachine } from '../machines/read-machine.ts';
import { refuseLocked } from '../machines/refusals.ts';
import { at, type Step } from '../machines/step.ts';
import { findCheckpoint, readCheckpoints } from './read-snapshots.ts';

/** One with memory goes on running from there; one without is not put under a machine that runs. */
export const restoreCheckpoint = changeSlot<'vm.checkpoint.restore'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { machine, guest } = now;
  refuseLocked(now);
  const checkpoint = findCheckpoint(await readCheckpoints(session, guest, signal), input.checkpoint, machine.name);
  const isOff = machine.state === 'stopped';
  if (!isOff && !checkpoint.memory) {
    throw new Fault(
      'conflict',
      `The machine "${machine.name}" is ${machine.state}, and the checkpoint has no memory.`,
      {
        remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(guest.id)}`,
        data: { field: 'vm', state: machine.state },
      },
    );
  }
  const step: Step = {
    summary: `Return "${machine.name}" to the checkpoint "${checkpoint.name}"; what happened since is lost.`,
    what: `Returning "${machine.name}" to a checkpoint`,
    request: {
      method: 'POST',
      path: '/nodes/{node}/{type}/{vmid}/snapshot/{snapname}/rollback',
      params: { ...at(guest), snapname: checkpoint.id, start: input.start && !checkpoint.memory ? true : undefined },
    },
  };
  return {
    steps: [step],
    finish: async call => ({ machine: (await readGuest(session, guest, call.signal)).machine }),
  };
});
