import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { flagOf } from '../reply-values.ts';
import { isManaged } from './await-managed.ts';
import { changeSlot } from './change-slot.ts';
import { type MachineNow, readConfiguration, readMachine } from './read-machine.ts';
import { refuseLocked, refuseRunning } from './refusals.ts';
import { at, type Step } from './step.ts';

export const deleteMachine = changeSlot<'vm.delete'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { machine, guest } = now;
  // The memory of one that is saved goes with it.
  refuseLocked(now, 'suspended');
  if (machine.state !== 'saved') refuseRunning(now, 'deleted');
  if (flagOf((await readConfiguration(session, guest, signal)).protection)) throw isProtected(now);
  if (isManaged(now) && !input.purge) throw isLookedAfter(now);
  const step: Step = {
    summary: `Delete the machine "${machine.name}" with its disks and checkpoints.`,
    what: `Deleting the machine "${machine.name}"`,
    request: {
      method: 'DELETE',
      path: '/nodes/{node}/{type}/{vmid}',
      params: {
        ...at(guest),
        purge: input.purge ? true : undefined,
        'destroy-unreferenced-disks': input.unreferencedDisks ? true : undefined,
      },
    },
  };
  return { steps: [step], finish: async () => ({ deleted: guest.id }) };
});

function isProtected({ machine, guest }: MachineNow): Fault {
  const options = '{"protection": "0"}';
  return new Fault('conflict', `The machine "${machine.name}" is protected against being deleted.`, {
    remedy: `If it is to go after all: vmbridge call vm.configure --vm ${quoteWord(guest.id)} --options ${quoteWord(options)}`,
    data: { field: 'vm', setting: 'protection' },
  });
}

// unable to remove VM 100 - used in HA resources and purge parameter not set.
function isLookedAfter({ machine }: MachineNow): Fault {
  return new Fault('conflict', `High availability looks after the machine "${machine.name}".`, {
    remedy: 'Set purge, which takes it out of there as well.',
    data: { field: 'purge' },
  });
}
