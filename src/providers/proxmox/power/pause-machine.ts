import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { isManaged } from '../machines/await-managed.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { type MachineNow, readGuest, readMachine } from '../machines/read-machine.ts';
import { refuseContainer, refuseLocked, refuseStopped } from '../machines/refusals.ts';
import { at, type Step } from '../machines/step.ts';
import { startStep } from './start-machine.ts';

export const pauseMachine = changeSlot<'vm.pause'>(async (session, { vm }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  refuseContainer(now, 'Proxmox VE can not freeze one in memory.', 'Stop it, or save it to disk with vm.suspend.');
  const { machine, guest } = now;
  if (machine.state === 'paused') return { steps: [], finish: async () => ({ machine }) };
  refuseStopped(now, 'paused');
  refuseLocked(now);
  const step: Step = {
    summary: `Freeze the machine "${machine.name}" in memory.`,
    what: `Pausing the machine "${machine.name}"`,
    request: { method: 'POST', path: '/nodes/{node}/{type}/{vmid}/status/suspend', params: at(guest) },
  };
  return {
    steps: [step],
    finish: async call => ({ machine: (await readGuest(session, guest, call.signal)).machine }),
  };
});

/** A container is saved by what is still called an experiment there: it is "stopped" then, and only its resume knows better. */
export const suspendMachine = changeSlot<'vm.suspend'>(async (session, { vm, storage }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  const { machine, guest } = now;
  if (machine.state === 'saved') return { steps: [], finish: async () => ({ machine }) };
  refuseStopped(now, 'saved');
  refuseLocked(now);
  if (guest.type === 'qemu' && isManaged(now)) {
    throw new Fault('conflict', `High availability looks after "${machine.name}", which is then not saved to disk.`, {
      remedy: 'Stop it instead, or take it out of the care of high availability first.',
      data: { field: 'vm' },
    });
  }
  if (guest.type === 'lxc' && storage !== undefined) {
    refuseContainer(now, 'where its memory is saved to can not be chosen.', 'Leave storage out.');
  }
  const params = guest.type === 'lxc' ? at(guest) : { ...at(guest), todisk: true, statestorage: storage };
  const step: Step = {
    summary: `Write the memory of "${machine.name}" to disk and switch it off.`,
    what: `Saving the machine "${machine.name}"`,
    request: { method: 'POST', path: '/nodes/{node}/{type}/{vmid}/status/suspend', params },
  };
  return {
    steps: [step],
    finish: async call => ({ machine: (await readGuest(session, guest, call.signal)).machine }),
  };
});

export const resumeMachine = changeSlot<'vm.resume'>(async (session, { vm }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  const { machine, guest } = now;
  if (machine.state === 'running') return { steps: [], finish: async () => ({ machine }) };
  refuseLocked(now, 'suspended');
  return {
    steps: [resumeStep(now)],
    finish: async call => ({ machine: (await readGuest(session, guest, call.signal)).machine }),
  };
});

function resumeStep(now: MachineNow): Step {
  const { machine, guest } = now;
  if (machine.state === 'saved') return startStep(now);
  if (machine.state !== 'paused' && guest.type === 'qemu') {
    throw new Fault('conflict', `The machine "${machine.name}" is ${machine.state}, not paused.`, {
      remedy: `Start it: vmbridge call vm.start --vm ${quoteWord(guest.id)}`,
      data: { field: 'vm', state: machine.state },
    });
  }
  return {
    summary: `Let the machine "${machine.name}" go on.`,
    what: `Resuming the machine "${machine.name}"`,
    request: { method: 'POST', path: '/nodes/{node}/{type}/{vmid}/status/resume', params: at(guest) },
  };
}
