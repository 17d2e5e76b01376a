import { permissionError } from '../access/check-access.ts';
import type { Guest } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { turnOff, turnOn } from './power.ts';

/** The guests that are named, or all; refuses those that the account may not touch. */
function chosen({ cluster, params, account }: HandlerCall, privilege: string, node?: string): Guest[] {
  const named = params.list('vms').length > 0 ? params.list('vms').map(Number) : params.words('vms').map(Number);
  const guests = [...cluster.guests.values()].filter(guest => node === undefined || guest.node === node);
  const wanted = named.length === 0 ? guests : guests.filter(({ vmid }) => named.includes(vmid));
  const refused = wanted.find(({ vmid }) => !cluster.permissions.has(account, `/vms/${vmid}`, privilege));
  if (refused !== undefined) throw permissionError(`/vms/${refused.vmid}, ${privilege}`);
  return wanted;
}

const bulk =
  (type: string, privilege: string, act: (guest: Guest, call: HandlerCall) => void): Handler =>
  call => {
    const { cluster, params, account, localNode } = call;
    const node = params.maybeText('node');
    const guests = chosen(call, privilege, node);
    return cluster.startTask({
      node: node ?? localNode,
      type,
      account,
      run: async work => {
        for (const [index, guest] of guests.entries()) {
          await work.reach(index / guests.length);
          work.log(`${type} ${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}`);
          act(guest, call);
        }
      },
    });
  };

const start = (guest: Guest) => {
  if (!guest.running && guest.config.template !== '1') turnOn(guest);
};
const stop = (guest: Guest) => {
  if (guest.running) turnOff(guest);
};
const pause = (guest: Guest) => {
  if (guest.running) guest.qmpstatus = 'paused';
};
const move = (guest: Guest, { params }: HandlerCall) => {
  guest.node = params.text('target');
};

export const bulkHandlers: Handlers = {
  'POST /nodes/{node}/startall': bulk('startall', 'VM.PowerMgmt', start),
  'POST /nodes/{node}/stopall': bulk('stopall', 'VM.PowerMgmt', stop),
  'POST /nodes/{node}/suspendall': bulk('suspendall', 'VM.PowerMgmt', pause),
  'POST /nodes/{node}/migrateall': bulk('migrateall', 'VM.Migrate', move),
  'POST /cluster/bulk-action/guest/start': bulk('bulkstart', 'VM.PowerMgmt', start),
  'POST /cluster/bulk-action/guest/shutdown': bulk('bulkshutdown', 'VM.PowerMgmt', stop),
  'POST /cluster/bulk-action/guest/suspend': bulk('bulksuspend', 'VM.PowerMgmt', pause),
  'POST /cluster/bulk-action/guest/migrate': bulk('bulkmigrate', 'VM.Migrate', move),
};
