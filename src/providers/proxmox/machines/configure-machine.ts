import { Fault } from '../../../errors/fault.ts';
import type { ParameterValue } from '../client/request.ts';
import { textOf } from '../reply-values.ts';
import { changeSlot } from './change-slot.ts';
import { readPending } from './get-machine.ts';
import { secretOptions } from './options.ts';
import { type MachineNow, readConfiguration, readGuest, readMachine } from './read-machine.ts';
import { refuseLocked } from './refusals.ts';
import { settingsOf } from './setting-changes.ts';
import { at, type Step } from './step.ts';

interface Changes {
  readonly settings: Readonly<Record<string, ParameterValue>>;
  /** What goes back to its default, and what stays as it is although it was changed, as the request names them. */
  readonly resets: Readonly<Record<string, string>>;
  readonly reset: readonly string[];
  readonly digest: string | undefined;
}

/** What a running machine can not take at once waits for its next start: the answer tells which. */
export const configureMachine = changeSlot<'vm.configure'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { guest } = now;
  refuseLocked(now);
  const configuration = await readConfiguration(session, guest, signal);
  const waiting = input.reset === undefined ? [] : await readPending(session, guest, signal);
  const settings = settingsOf(input, guest, configuration);
  const { reset = [] } = input;
  refuseBoth(Object.keys(settings), reset);
  const resets = resetsOf(
    reset,
    waiting.map(({ key }) => key),
  );
  const isEmpty = Object.keys(settings).length === 0 && reset.length === 0;
  const step = configureStep(now, { settings, resets, reset, digest: textOf(configuration.digest) });
  return {
    steps: isEmpty ? [] : [step],
    finish: async call => {
      const [after, pending] = await Promise.all([
        readGuest(session, guest, call.signal),
        readPending(session, guest, call.signal),
      ]);
      return { machine: after.machine, ...(pending.length === 0 ? {} : { pending }) };
    },
  };
});

/** The digest makes the server refuse it when somebody else has changed the configuration meanwhile. */
function configureStep({ guest, machine }: MachineNow, { settings, resets, reset, digest }: Changes): Step {
  const { type, ...place } = at(guest);
  const params = { ...place, ...settings, ...resets, digest };
  const step = {
    summary: `Change settings of "${machine.name}": ${[...Object.keys(settings), ...reset].join(', ')}.`,
    what: `Changing the settings of "${machine.name}"`,
    secret: secretOptions(Object.keys(settings)),
    explain: explainModified,
  };
  // A machine's may allocate disks, which is a task; a container's is done when it is answered.
  return type === 'lxc'
    ? { ...step, task: false, request: { method: 'PUT', path: '/nodes/{node}/lxc/{vmid}/config', params } }
    : { ...step, request: { method: 'POST', path: '/nodes/{node}/qemu/{vmid}/config', params } };
}

// detected modified configuration - file changed by other user? Try again.
function explainModified(fault: Fault): Fault {
  if (!/detected modified configuration/i.test(JSON.stringify(fault.data ?? {}))) return fault;
  return new Fault('conflict', 'Somebody else has changed the settings of the machine meanwhile.', {
    remedy: 'Look at them with vm.get, and call this again when it is wanted after all.',
    data: fault.data,
    cause: fault,
  });
}

function refuseBoth(set: readonly string[], reset: readonly string[]): void {
  const both = reset.find(key => set.includes(key));
  if (both === undefined) return;
  throw new Fault('invalid', `The setting "${both}" can not be given a value and reset by one call.`, {
    remedy: 'Leave it out of reset.',
    data: { field: 'reset', setting: both },
  });
}

function resetsOf(reset: readonly string[], waiting: readonly string[]): Record<string, string> {
  const unused = reset.find(key => /^unused\d+$/.test(key));
  if (unused !== undefined) {
    throw new Fault('unsupported', `"${unused}" is a disk, which is not deleted by changing settings.`, {
      remedy: 'Delete its volume from the storage.',
      data: { field: 'reset', setting: unused },
    });
  }
  const reverted = reset.filter(key => waiting.includes(key));
  const deleted = reset.filter(key => !waiting.includes(key));
  return {
    ...(deleted.length === 0 ? {} : { delete: deleted.join(',') }),
    ...(reverted.length === 0 ? {} : { revert: reverted.join(',') }),
  };
}
