import { changeSlot } from './change-slot.ts';
import { checkGuestName } from './guest-name.ts';
import { readGuest, readMachine } from './read-machine.ts';
import { refuseLocked } from './refusals.ts';
import type { Step } from './step.ts';

/** Its id stays, being a number. */
export const renameMachine = changeSlot<'vm.rename'>(async (session, { vm, name }, { signal }) => {
  checkGuestName(name);
  const now = await readMachine(session, vm, signal);
  const { machine, guest } = now;
  refuseLocked(now);
  const { node, vmid } = guest;
  const words = {
    summary: `Give "${machine.name}" the name "${name}".`,
    what: `Renaming the machine "${machine.name}"`,
  };
  const step: Step =
    guest.type === 'lxc'
      ? {
          ...words,
          task: false,
          request: { method: 'PUT', path: '/nodes/{node}/lxc/{vmid}/config', params: { node, vmid, hostname: name } },
        }
      : {
          ...words,
          task: false,
          request: { method: 'PUT', path: '/nodes/{node}/qemu/{vmid}/config', params: { node, vmid, name } },
        };
  return {
    steps: machine.name === name ? [] : [step],
    // A running container tells its old name until it is restarted.
    finish: async call => ({ machine: { ...(await readGuest(session, guest, call.signal)).machine, name } }),
  };
});
