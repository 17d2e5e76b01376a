import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import { awaitManaged } from '../machines/await-managed.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { type MachineNow, readMachine } from '../machines/read-machine.ts';
import { refuseLocked, refuseTemplate } from '../machines/refusals.ts';
import { at, type Step, warningsOf } from '../machines/step.ts';

/** How long the cluster may take to start what it looks after. */
export const untilRunning = { until: ({ machine }: MachineNow) => machine.state === 'running', seconds: 120 };

/** One that was saved to disk goes on from there. It outlives vmbridge in any case. */
export const startMachine = changeSlot<'vm.start'>(async (session, { vm }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  const runs = now.machine.state === 'running';
  if (!runs) refuseStart(now);
  return {
    steps: runs ? [] : [startStep(now)],
    finish: async (call, ends) => ({
      machine: (await awaitManaged(session, now, untilRunning, call)).machine,
      ...warningsOf(ends),
    }),
  };
});

function refuseStart(now: MachineNow): void {
  refuseTemplate(now);
  refuseLocked(now, 'suspended');
  const { machine, guest } = now;
  if (machine.state !== 'paused') return;
  throw new Fault('conflict', `The machine "${machine.name}" is paused.`, {
    remedy: `Let it go on: vmbridge call vm.resume --vm ${quoteWord(guest.id)}`,
    data: { field: 'vm', state: machine.state },
  });
}

export function startStep({ guest, machine }: MachineNow): Step {
  return {
    summary: `Start the machine "${machine.name}"${machine.state === 'saved' ? ' from its saved memory' : ''}.`,
    what: `Starting the machine "${machine.name}"`,
    request: { method: 'POST', path: '/nodes/{node}/{type}/{vmid}/status/start', params: at(guest) },
  };
}
