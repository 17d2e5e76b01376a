import { changeSlot } from './change-slot.ts';
import { readGuest, readMachine } from './read-machine.ts';
import { refuseLocked, refuseRunning } from './refusals.ts';
import { at, type Step } from './step.ts';

export const templateMachine = changeSlot<'vm.template'>(async (session, { vm }, { signal }) => {
  const now = await readMachine(session, vm, signal);
  const { machine, guest } = now;
  if (machine.template === true) return { steps: [], finish: async () => ({ machine }) };
  refuseLocked(now);
  refuseRunning(now, 'made a template');
  const step: Step = {
    summary: `Make "${machine.name}" a template.`,
    what: `Making "${machine.name}" a template`,
    request: { method: 'POST', path: '/nodes/{node}/{type}/{vmid}/template', params: at(guest) },
  };
  return {
    steps: [step],
    finish: async call => ({ machine: { ...(await readGuest(session, guest, call.signal)).machine, template: true } }),
  };
});
