import { ApiError, parameterError } from '../schema/api-error.ts';
import { disksOf, type Guest } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { volumesOf } from '../state/storages.ts';
import type { TaskWork } from '../state/tasks.ts';
import { requireNodeNamed } from './cluster.ts';
import { guestOf } from './guests.ts';
import { checkLock } from './power.ts';
import { locked } from './snapshots.ts';

function localDisks({ cluster }: HandlerCall, guest: Guest) {
  return disksOf(guest.config).filter(
    ({ volid, isCdrom }) => !isCdrom && cluster.storages.get(volid.split(':')[0] ?? '')?.shared === false,
  );
}

const check: Handler = call => {
  const { cluster } = call;
  const guest = guestOf(call);
  const others = [...cluster.nodes.values()]
    .filter(({ name, online }) => online && name !== guest.node)
    .map(({ name }) => name);
  if (guest.type === 'lxc') return { running: Number(guest.running), 'allowed-nodes': others };
  return {
    running: Number(guest.running),
    allowed_nodes: others,
    local_disks: localDisks(call, guest).map(({ volid, size, key }) => ({
      volid,
      size,
      cdrom: 0,
      is_unused: Number(key.startsWith('unused')),
    })),
    local_resources: Object.keys(guest.config).filter(key => /^(hostpci|usb)\d+$/.test(key)),
    'mapped-resources': [],
    'mapped-resource-info': {},
    'has-dbus-vmstate': 1,
  };
};

const migrate: Handler = call => {
  const { cluster, params, account } = call;
  const guest = guestOf(call);
  const target = params.text('target');
  const node = requireNodeNamed(cluster, target);
  if (target === guest.node) throw parameterError({ target: 'target is local node.' });
  checkLock(guest);
  if (guest.running && guest.type === 'qemu' && !params.flag('online'))
    throw new ApiError(500, "can't migrate running VM without --online");
  if (guest.running && guest.type === 'lxc' && !params.flag('restart')) {
    throw new ApiError(
      500,
      params.flag('online')
        ? 'lxc live migration is currently not implemented'
        : "can't migrate running container without --online or --restart",
    );
  }
  const managed = cluster.section('ha-resources').has(`${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`);
  if (managed) {
    const later = () => {
      setTimeout(() => {
        guest.node = target;
      }, cluster.tasks.times.byType.ha ?? 50).unref();
    };
    return cluster.startTask({ node: guest.node, type: 'hamigrate', id: String(guest.vmid), account, run: later });
  }
  const type = guest.type === 'qemu' ? 'qmigrate' : 'vzmigrate';
  const run = async (work: TaskWork) => {
    work.log(
      `starting migration of ${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid} to node '${target}' (${node.address})`,
    );
    if (!node.online) throw new Error(`migration aborted (duration 00:00:00): can't connect to node '${target}'`);
    await locked(guest, 'migrate', () => transfer(call, guest, target, work));
    guest.node = target;
    work.log('migration finished successfully (duration 00:00:01)');
  };
  return cluster.startTask({ node: guest.node, type, id: String(guest.vmid), account, run });
};

async function transfer(call: HandlerCall, guest: Guest, target: string, work: TaskWork): Promise<void> {
  const { cluster, params } = call;
  const disks = localDisks(call, guest);
  const [first] = disks;
  if (first !== undefined && guest.type === 'qemu' && guest.running && !params.flag('with-local-disks')) {
    throw new Error(
      `can't migrate local disk '${first.volid}': can't live migrate attached local disks without with-local-disks option`,
    );
  }
  for (const percent of [20, 40, 60, 80, 100]) {
    await work.reach((percent / 100) * 0.9);
    work.log(`migration active, transferred ${percent * 10} MiB of 1000 MiB VM-state, 100.0 MiB/s`);
  }
  for (const { volid } of disks) {
    const storage = cluster.storages.get(volid.split(':')[0] ?? '');
    if (storage === undefined) continue;
    const volume = volumesOf(storage, guest.node).get(volid);
    volumesOf(storage, guest.node).delete(volid);
    if (volume !== undefined) volumesOf(storage, target).set(volid, volume);
  }
}

export const migrateHandlers: Handlers = {
  'GET /nodes/{node}/{type}/{vmid}/migrate': check,
  'POST /nodes/{node}/{type}/{vmid}/migrate': migrate,
};
