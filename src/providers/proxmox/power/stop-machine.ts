import { awaitManaged } from '../machines/await-managed.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { type MachineNow, readMachine } from '../machines/read-machine.ts';
import { refuseLocked } from '../machines/refusals.ts';
import { at, type Step } from '../machines/step.ts';

const offStates: ReadonlySet<string> = new Set(['stopped', 'saved']);
const isOff = ({ machine }: MachineNow) => offStates.has(machine.state);
/** How long the cluster may take for its own part with what it looks after, in seconds. */
const managedSeconds = 60;

/** The guest is asked first; its power is cut when it takes too long, or can hear nothing. */
export const stopMachine = changeSlot<'vm.stop'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { machine } = now;
  if (isOff(now)) {
    return { steps: [], finish: async () => ({ machine, method: 'already' as const }) };
  }
  refuseLocked(now);
  const seconds = machine.state === 'running' && !input.force ? input.timeoutSeconds : 0;
  let isCut = seconds === 0;
  const cutting: Step =
    seconds === 0
      ? cutStep(now)
      : {
          ...cutStep(now),
          condition: `When the guest has not shut down after ${seconds} s.`,
          isNeeded: async call => {
            isCut = !isOff(await awaitManaged(session, now, { until: isOff, seconds: seconds + managedSeconds }, call));
            return isCut;
          },
        };
  return {
    steps: [...(seconds === 0 ? [] : [{ ...shutdownStep(now, seconds), mayFail: true }]), cutting],
    finish: async call => ({
      machine: (await awaitManaged(session, now, { until: isOff, seconds: managedSeconds }, call)).machine,
      method: isCut ? ('kill' as const) : ('guest' as const),
    }),
  };
});

export function shutdownStep({ guest, machine }: MachineNow, seconds: number): Step {
  return {
    summary: `Ask the guest of "${machine.name}" to shut down, and give it ${seconds} s.`,
    what: `Shutting down the guest of "${machine.name}"`,
    request: {
      method: 'POST',
      path: '/nodes/{node}/{type}/{vmid}/status/shutdown',
      params: { ...at(guest), timeout: seconds },
    },
  };
}

export function cutStep({ guest, machine }: MachineNow): Step {
  return {
    summary: `Cut the power of the machine "${machine.name}".`,
    what: `Stopping the machine "${machine.name}"`,
    request: { method: 'POST', path: '/nodes/{node}/{type}/{vmid}/status/stop', params: at(guest) },
  };
}
