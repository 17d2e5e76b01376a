import { Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { MachineNow } from './read-machine.ts';

/** What the locks mean that a machine holds while something goes on with it. */
const locks: Readonly<Record<string, string>> = {
  backup: 'is being backed up',
  clone: 'is being cloned',
  create: 'is being created',
  destroyed: 'is being deleted',
  disk: 'has a disk that is being changed',
  fstrim: 'has its disks trimmed',
  migrate: 'is being moved to another node',
  mounted: 'is mounted on its node',
  rollback: 'is being returned to a checkpoint',
  snapshot: 'has a checkpoint that is being made',
  'snapshot-delete': 'has a checkpoint that is being deleted',
  suspending: 'is being saved to disk',
  suspended: 'is saved to disk',
};

/** Throws `conflict` while something goes on with the machine that the server would refuse a change for. */
export function refuseLocked({ machine, lock, guest }: MachineNow, ...allowed: readonly string[]): void {
  if (lock === undefined || allowed.includes(lock)) return;
  const isSaved = lock === 'suspended';
  const says = Object.hasOwn(locks, lock) ? locks[lock] : `is locked (${lock})`;
  const unlock = `${guest.type === 'qemu' ? 'qm' : 'pct'} unlock ${guest.vmid}`;
  throw new Fault('conflict', `The machine "${machine.name}" ${says}.`, {
    remedy: isSaved
      ? `Let it go on first: vmbridge call vm.resume --vm ${quoteWord(guest.id)}`
      : `Wait until that is done; a lock that is left over is removed on its node with: ${unlock}`,
    data: { field: 'vm', lock },
  });
}

/** Throws `conflict` for a template, which can only be cloned. */
export function refuseTemplate({ machine, guest }: MachineNow): void {
  if (machine.template !== true) return;
  throw new Fault('conflict', `"${machine.name}" is a template.`, {
    remedy: `Clone it: vmbridge call vm.clone --vm ${quoteWord(guest.id)} --name <name>`,
    data: { field: 'vm' },
  });
}

/** Throws `conflict` for a machine that has to be stopped for it, e.g. `deleted`. */
export function refuseRunning({ machine, guest }: MachineNow, participle: string): void {
  if (machine.state === 'stopped') return;
  throw new Fault(
    'conflict',
    `The machine "${machine.name}" is ${machine.state}; only a stopped one can be ${participle}.`,
    {
      remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(guest.id)}`,
      data: { field: 'vm', state: machine.state },
    },
  );
}

/** Throws `conflict` for a machine that has to run for it, e.g. `restarted`. */
export function refuseStopped({ machine, guest }: MachineNow, participle: string): void {
  if (machine.state === 'running') return;
  const isPaused = machine.state === 'paused' || machine.state === 'saved';
  throw new Fault(
    'conflict',
    `The machine "${machine.name}" is ${machine.state}; only a running one can be ${participle}.`,
    {
      remedy: `${isPaused ? 'Let it go on' : 'Start it'} first: vmbridge call ${isPaused ? 'vm.resume' : 'vm.start'} --vm ${quoteWord(guest.id)}`,
      data: { field: 'vm', state: machine.state },
    },
  );
}

/** Throws `unsupported` for what containers do not have. */
export function refuseContainer(
  { machine, guest }: Pick<MachineNow, 'machine' | 'guest'>,
  why: string,
  remedy: string,
): void {
  if (guest.type === 'qemu') return;
  throw new Fault('unsupported', `"${machine.name}" is a container: ${why}`, {
    remedy,
    data: { field: 'vm', kind: 'container' },
  });
}
