import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { findCheckpoint, readCheckpoints } from '../snapshots/read-snapshots.ts';
import { newGuest } from './create-machine.ts';
import { checkGuestName } from './guest-name.ts';
import { nextVmid, withFreeVmid } from './next-vmid.ts';
import { type MachineNow, readGuest, readMachine } from './read-machine.ts';
import { refuseLocked } from './refusals.ts';
import { at, type Step, showSteps, takeSteps } from './step.ts';

type CloneInput = ToolInput<'vm.clone'>;

interface Origin {
  readonly now: MachineNow;
  /** The id of the checkpoint that is cloned instead of the present state. */
  readonly checkpoint: string | undefined;
}

export const cloneMachine: Operation<ProxmoxSession, 'vm.clone'> = async (session, input, call) => {
  const origin = await lookAtOrigin(session, input, call.signal);
  const { guest } = origin.now;
  return withFreeVmid(session, input.vmid, call.signal, async vmid => {
    await takeSteps(session, [cloneStep(input, origin, vmid)], call);
    const clone = newGuest(session, { node: input.node ?? guest.node, vmid, type: guest.type, name: input.name });
    return { machine: (await readGuest(session, clone, call.signal)).machine };
  });
};

export const planClone: Planner<ProxmoxSession, 'vm.clone'> = async (session, input, { signal }) => {
  const origin = await lookAtOrigin(session, input, signal);
  return showSteps(session, [cloneStep(input, origin, input.vmid ?? (await nextVmid(session, signal)))]);
};

async function lookAtOrigin(session: ProxmoxSession, input: CloneInput, signal: AbortSignal): Promise<Origin> {
  checkGuestName(input.name);
  const now = await readMachine(session, input.vm, signal);
  refuseLocked(now);
  refuseLink(now, input);
  const { machine, guest } = now;
  if (guest.type === 'lxc' && machine.state !== 'stopped' && input.checkpoint === undefined) {
    throw new Fault(
      'conflict',
      `The container "${machine.name}" is ${machine.state}; only a stopped one can be cloned.`,
      {
        remedy: `Stop it first, or clone one of its checkpoints: vmbridge call vm.stop --vm ${quoteWord(guest.id)}`,
        data: { field: 'vm', state: machine.state },
      },
    );
  }
  if (input.checkpoint === undefined) return { now, checkpoint: undefined };
  const found = findCheckpoint(await readCheckpoints(session, guest, signal), input.checkpoint, machine.name);
  return { now, checkpoint: found.id };
}

/** Only a template stays as it is for ever, so only upon one can others stand. */
function refuseLink({ machine, guest }: MachineNow, { linked, storage }: CloneInput): void {
  if (!linked) return;
  if (machine.template !== true) {
    throw new Fault('conflict', `"${machine.name}" is no template; only upon one can a linked clone stand.`, {
      remedy: `Leave linked out, or make it a template: vmbridge call vm.template --vm ${quoteWord(guest.id)}`,
      data: { field: 'linked' },
    });
  }
  if (storage === undefined) return;
  throw new Fault('conflict', 'A linked clone stays in the storage of its template.', {
    remedy: 'Leave linked or storage out.',
    data: { field: 'storage' },
  });
}

function cloneStep(input: CloneInput, { now, checkpoint }: Origin, vmid: number): Step {
  const { guest, machine } = now;
  const isElsewhere = input.node !== undefined && input.node !== guest.node;
  return {
    summary: `Clone "${machine.name}" as ${vmid}, "${input.name}"${input.linked ? ', standing on its disks' : ''}.`,
    what: `Cloning the machine "${machine.name}"`,
    request: {
      method: 'POST',
      path: '/nodes/{node}/{type}/{vmid}/clone',
      params: {
        ...at(guest),
        newid: vmid,
        ...(guest.type === 'qemu' ? { name: input.name } : { hostname: input.name }),
        full: !input.linked,
        target: isElsewhere ? input.node : undefined,
        storage: input.storage,
        pool: input.pool,
        snapname: checkpoint,
        description: input.description,
      },
    },
  };
}
