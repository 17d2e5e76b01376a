import type { GuestType } from '../state/guests.ts';
import type { HandlerCall, Handlers } from '../state/handler.ts';
import { currentStatus, presentGuest } from '../state/present-guest.ts';

/** The guest that the path names. */
export function guestOf({ cluster, params }: HandlerCall) {
  return cluster.requireGuest(params.text('node'), params.text('type') as GuestType, params.number('vmid'));
}

export const guestHandlers: Handlers = {
  'GET /nodes/{node}/{type}': call => {
    const { cluster, params, account, method } = call;
    const type = method.template.endsWith('qemu') ? 'qemu' : 'lxc';
    return [...cluster.guests.values()]
      .filter(guest => guest.type === type && guest.node === params.text('node'))
      .filter(({ vmid }) => cluster.permissions.has(account, `/vms/${vmid}`, 'VM.Audit'))
      .map(guest => presentGuest(cluster, guest));
  },
  'GET /nodes/{node}/{type}/{vmid}': call => {
    guestOf(call);
    return ['config', 'pending', 'status', 'snapshot', 'migrate', 'clone', 'firewall'].map(subdir => ({ subdir }));
  },
  'GET /nodes/{node}/{type}/{vmid}/status': call => {
    guestOf(call);
    return ['current', 'start', 'stop'].map(subdir => ({ subdir }));
  },
  'GET /nodes/{node}/{type}/{vmid}/status/current': call => currentStatus(call.cluster, guestOf(call)),
};
