import { Fault } from '../../../errors/fault.ts';
import { changeSlot } from '../machines/change-slot.ts';
import { readMachine } from '../machines/read-machine.ts';
import { refuseLocked, refuseTemplate } from '../machines/refusals.ts';
import { at, type Step } from '../machines/step.ts';
import { readCheckpoints } from './read-snapshots.ts';
import { chooseSnapshotName, describeSnapshot } from './snapshot-names.ts';

/** With the memory of a machine that has some; containers have none that can be recorded. */
export const createCheckpoint = changeSlot<'vm.checkpoint.create'>(async (session, input, { signal }) => {
  const now = await readMachine(session, input.vm, signal);
  const { machine, guest } = now;
  refuseTemplate(now);
  refuseLocked(now);
  const taken = await readCheckpoints(session, guest, signal);
  const name = input.name ?? new Date().toISOString();
  const id = chooseSnapshotName(
    name,
    taken.map(other => other.id),
  );
  const hasMemory = guest.type === 'qemu' && (machine.state === 'running' || machine.state === 'paused');
  const memory = hasMemory && !input.disksOnly;
  const step: Step = {
    summary: `Record the disks${memory ? ' and the memory' : ''} of "${machine.name}" as "${id}".`,
    what: `Creating a checkpoint of "${machine.name}"`,
    request: {
      method: 'POST',
      path: '/nodes/{node}/{type}/{vmid}/snapshot',
      params: {
        ...at(guest),
        snapname: id,
        description: describeSnapshot(name, id),
        ...(guest.type === 'qemu' ? { vmstate: memory } : {}),
      },
    },
  };
  return {
    steps: [step],
    finish: async call => {
      const checkpoint = (await readCheckpoints(session, guest, call.signal)).find(each => each.id === id);
      if (checkpoint !== undefined) return { checkpoint };
      throw new Fault('failed', `The checkpoint "${id}" of "${machine.name}" was not kept.`, {
        remedy: 'Look at the tasks of the machine.',
        data: { checkpoint: id },
      });
    },
  };
});
