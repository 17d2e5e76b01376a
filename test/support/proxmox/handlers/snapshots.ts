import { ApiError, parameterError } from '../schema/api-error.ts';
import type { Config, Guest, Snapshot } from '../state/guests.ts';
import { digestOf, isTemplate } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { typedConfig } from '../state/typed-config.ts';
import { guestOf } from './guests.ts';
import { checkLock, startGuestTask, turnOff, turnOn } from './power.ts';

function requireSnapshot(guest: Guest, name: string): Snapshot {
  const found = guest.snapshots.find(snapshot => snapshot.name === name);
  if (found === undefined) throw new ApiError(500, `snapshot '${name}' does not exist`);
  return found;
}

const list: Handler = call => {
  const guest = guestOf(call);
  const rows = guest.snapshots.map(({ name, parent, description, snaptime, vmstate }) => ({
    name,
    description,
    snaptime,
    ...(parent === undefined ? {} : { parent }),
    ...(guest.type === 'qemu' ? { vmstate: Number(vmstate) } : {}),
  }));
  const now = {
    name: 'current',
    description: 'You are here!',
    digest: digestOf(guest.config),
    running: Number(guest.running),
    ...(guest.parent === undefined ? {} : { parent: guest.parent }),
  };
  return [...rows, now];
};

const create: Handler = call => {
  const guest = guestOf(call);
  const { params } = call;
  const name = params.text('snapname');
  if (name === 'current' || name === (guest.type === 'qemu' ? 'pending' : 'vzdump'))
    throw new ApiError(500, `unable to use snapshot name '${name}' (reserved name)`);
  if (guest.type === 'lxc' && params.has('vmstate')) throw parameterError({ vmstate: 'not for containers' });
  return startGuestTask(call, guest, 'snapshot', async work => {
    checkLock(guest);
    if (isTemplate(guest)) throw new Error("you can't take a snapshot if it's a template");
    if (guest.snapshots.some(snapshot => snapshot.name === name))
      throw new Error(`snapshot name '${name}' already used`);
    const vmstate = params.flag('vmstate') && guest.running;
    await locked(guest, 'snapshot', async () => {
      if (vmstate) {
        work.log(`saving VM state and RAM using storage 'local-lvm'`);
        await work.reach(0.6);
        work.log('completed saving the VM state in 1s, saved 256.00 MiB');
      }
      work.log("snapshotting 'drive-scsi0' (local-lvm:vm-disk)");
      await work.reach(0.9);
      guest.snapshots.push({
        name,
        ...(guest.parent === undefined ? {} : { parent: guest.parent }),
        description: params.maybeText('description') ?? '',
        snaptime: Math.floor(Date.now() / 1000),
        vmstate,
        config: { ...guest.config },
      });
      guest.parent = name;
    });
  });
};

const remove: Handler = call => {
  const guest = guestOf(call);
  const name = call.params.text('snapname');
  return startGuestTask(call, guest, 'delsnapshot', async work => {
    if (!(call.params.flag('force') && guest.lock === 'snapshot-delete')) checkLock(guest);
    const { parent } = requireSnapshot(guest, name);
    await locked(guest, 'snapshot-delete', async () => {
      await work.reach(0.9);
      guest.snapshots = guest.snapshots.filter(snapshot => snapshot.name !== name);
      for (const child of guest.snapshots) if (child.parent === name) move(child, parent);
      if (guest.parent === name) move(guest, parent);
    });
  });
};

const rollback: Handler = call => {
  const guest = guestOf(call);
  const { params } = call;
  const name = params.text('snapname');
  return startGuestTask(call, guest, 'rollback', async work => {
    checkLock(guest);
    const snapshot = requireSnapshot(guest, name);
    await locked(guest, 'rollback', async () => {
      await work.reach(0.9);
      turnOff(guest);
      guest.pending = {};
      guest.config = { ...snapshot.config };
      guest.parent = name;
      if (snapshot.vmstate || params.flag('start')) turnOn(guest);
    });
  });
};

const read: Handler = call => {
  const { config, snaptime, description, parent } = requireSnapshot(guestOf(call), call.params.text('snapname'));
  const more: Config = {
    ...config,
    snaptime: String(snaptime),
    description,
    ...(parent === undefined ? {} : { parent }),
  };
  return typedConfig(call.method, more);
};

const update: Handler = call => {
  const snapshot = requireSnapshot(guestOf(call), call.params.text('snapname'));
  snapshot.description = call.params.maybeText('description') ?? snapshot.description;
};

/** The machine is locked while it lasts, also when it fails. */
export async function locked(guest: Guest, lock: string, work: () => Promise<void>): Promise<void> {
  guest.lock = lock;
  try {
    await work();
  } finally {
    delete guest.lock;
  }
}

function move(holder: { parent?: string }, parent: string | undefined): void {
  if (parent === undefined) delete holder.parent;
  else holder.parent = parent;
}

const at = '/nodes/{node}/{type}/{vmid}/snapshot';

export const snapshotHandlers: Handlers = {
  [`GET ${at}`]: list,
  [`POST ${at}`]: create,
  [`GET ${at}/{snapname}`]: (call: HandlerCall) => {
    requireSnapshot(guestOf(call), call.params.text('snapname'));
    return [{ cmd: 'config' }, { cmd: 'rollback' }];
  },
  [`DELETE ${at}/{snapname}`]: remove,
  [`GET ${at}/{snapname}/config`]: read,
  [`PUT ${at}/{snapname}/config`]: update,
  [`POST ${at}/{snapname}/rollback`]: rollback,
};
