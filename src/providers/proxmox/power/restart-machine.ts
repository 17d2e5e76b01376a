import { Fault } from '../../../errors/fault.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { type MachineNow, readGuest, readMachine } from '../machines/read-machine.ts';
import { refuseLocked, refuseStopped } from '../machines/refusals.ts';
import { at, type Step } from '../machines/step.ts';
import { startStep } from './start-machine.ts';
import { cutStep } from './stop-machine.ts';

/** How long a guest may take to shut down before the restart is given up, in seconds. */
const patience = 60;

/** The guest shuts down and is started again; with force it is reset as by the button. Pending changes come into effect. */
export const restartMachine = changeSlot<'vm.restart'>(async (session, { vm, force }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  refuseStopped(now, 'restarted');
  refuseLocked(now);
  return {
    steps: force ? forcedSteps(now) : [rebootStep(now)],
    finish: async call => ({ machine: (await readGuest(session, now.guest, call.signal)).machine }),
  };
});

function rebootStep({ guest, machine }: MachineNow): Step {
  return {
    summary: `Let the guest of "${machine.name}" shut down within ${patience} s, and start it again.`,
    what: `Restarting the machine "${machine.name}"`,
    request: {
      method: 'POST',
      path: '/nodes/{node}/{type}/{vmid}/status/reboot',
      params: { ...at(guest), timeout: patience },
    },
    explain: fault => explainReboot(fault, machine.name),
  };
}

// VM 100 quit/powerdown failed - got timeout
function explainReboot(fault: Fault, name: string): Fault {
  if (!/time(d )?out/i.test(JSON.stringify(fault.data ?? {}))) return fault.with({ remedy: 'Restart it with force.' });
  return new Fault('timeout', `The guest of "${name}" did not shut down within ${patience} s.`, {
    remedy: 'Restart it with force.',
    data: { ...fault.data, field: 'vm' },
    cause: fault,
  });
}

/** A container has no button. */
function forcedSteps(now: MachineNow): Step[] {
  const { guest, machine } = now;
  if (guest.type === 'lxc') return [cutStep(now), startStep(now)];
  return [
    {
      summary: `Reset the machine "${machine.name}".`,
      what: `Resetting the machine "${machine.name}"`,
      request: {
        method: 'POST',
        path: '/nodes/{node}/qemu/{vmid}/status/reset',
        params: { node: guest.node, vmid: guest.vmid },
      },
    },
  ];
}
