import { permissionError } from '../access/check-access.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import { otherAddress, withAddress } from '../state/adapter-address.ts';
import { disksOf, type Guest, type GuestType, newGuest, wordFor } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { volumesOf } from '../state/storages.ts';
import type { TaskWork } from '../state/tasks.ts';
import { findVolume } from './find-volume.ts';
import { notConfig } from './guest-config.ts';
import { guestOf } from './guests.ts';
import { checkLock, startGuestTask, turnOn } from './power.ts';

/** Sent with a new guest, yet no part of its configuration. */
const notKept = new Set([
  ...notConfig,
  'archive',
  'storage',
  'pool',
  'start',
  'unique',
  'live-restore',
  'bwlimit',
  'ostemplate',
  'restore',
  'password',
  'ssh-public-keys',
  'ignore-unpack-errors',
  'ha-managed',
]);

const create: Handler = call => {
  const { cluster, params, method } = call;
  const type: GuestType = method.template.endsWith('qemu') ? 'qemu' : 'lxc';
  const vmid = params.number('vmid');
  const node = params.text('node');
  const archive = params.maybeText('archive') ?? (params.flag('restore') ? params.text('ostemplate') : undefined);
  const known = cluster.guests.get(vmid);
  requireRight(call, vmid, archive !== undefined && known !== undefined);
  const word = type === 'qemu' ? 'VM' : 'CT';
  if (known !== undefined && !(archive !== undefined && params.flag('force'))) {
    throw new ApiError(
      500,
      `unable to ${archive === undefined ? 'create' : 'restore'} ${word} ${vmid} - ${wordFor(known)} ${vmid} already exists on node '${known.node}'`,
    );
  }
  if (known?.running) {
    throw new ApiError(
      500,
      type === 'qemu' ? `unable to restore VM ${vmid} - vm is running` : `can't overwrite running container`,
    );
  }
  if (known?.config.protection === '1')
    throw new ApiError(500, `unable to restore ${word} ${vmid} - protection mode enabled`);
  const pool = params.maybeText('pool');
  if (pool !== undefined && !cluster.pools.has(pool)) throw new ApiError(500, `pool '${pool}' does not exist`);
  const drive = Object.keys(params.values).find(key => /^(scsi|sata|ide|virtio|efidisk|tpmstate)\d+$/.test(key));
  if (archive !== undefined && drive !== undefined)
    throw parameterError({ [drive]: "option conflicts with option 'archive'" });
  if (archive !== undefined) return restore(call, type, archive, known);
  const guest = newGuest({ vmid, type, ...(pool === undefined ? {} : { pool }), agent: true }, node);
  const config = sentConfig(call);
  requireStorages(call, config);
  if (type === 'lxc') prepareContainer(call, config);
  // Its number is taken at once, before the task.
  guest.lock = 'create';
  cluster.guests.set(vmid, guest);
  return startGuestTask(call, guest, 'create', async work => {
    try {
      for (const [key, value] of Object.entries(config)) {
        const taken = cluster.takeVolume(guest, key, withAddress(guest, key, value));
        if (taken !== value) work.log(`${key}: successfully created disk '${taken.split(',size=')[0]}'`);
        guest.config[key] = taken;
      }
      await work.reach(0.9);
    } catch (error) {
      removeGuest(call, guest);
      throw new Error(`unable to create ${word} ${vmid} - ${(error as Error).message}`);
    }
    delete guest.lock;
    if (params.flag('start')) turnOn(guest);
  });
};

function requireRight({ cluster, params, account }: HandlerCall, vmid: number, mayRestore: boolean): void {
  const { permissions } = cluster;
  const pool = params.maybeText('pool');
  if (permissions.has(account, `/vms/${vmid}`, 'VM.Allocate')) return;
  if (pool !== undefined && permissions.has(account, `/pool/${pool}`, 'VM.Allocate')) return;
  if (mayRestore && permissions.has(account, `/vms/${vmid}`, 'VM.Backup')) return;
  throw permissionError();
}

function sentConfig({ params }: HandlerCall): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params.values)
      .filter(([key]) => !notKept.has(key))
      .map(([key, value]) => [key, value === true ? '1' : value === false ? '0' : String(value)]),
  );
}

/** Who makes disks needs room on their storages. */
function requireStorages({ cluster, account, params }: HandlerCall, config: Record<string, string>): void {
  for (const { volid, isCdrom } of disksOf(config)) {
    if (isCdrom) continue;
    const storage = volid.split(':')[0] ?? '';
    cluster.requireStorage(storage, params.text('node'));
    if (!cluster.permissions.has(account, `/storage/${storage}`, 'Datastore.AllocateSpace')) {
      throw permissionError(`/storage/${storage}, Datastore.AllocateSpace`);
    }
  }
}

function prepareContainer(call: HandlerCall, config: Record<string, string>): void {
  const { params, cluster } = call;
  const template = params.text('ostemplate');
  findVolume(cluster, params.text('node'), template);
  if (config.rootfs === undefined) {
    const storage = params.maybeText('storage');
    if (storage === undefined) throw parameterError({ rootfs: 'property is missing and it is not optional' });
    config.rootfs = `${storage}:4`;
  }
  config.arch ??= 'amd64';
  config.memory ??= '512';
  config.swap ??= '512';
  config.ostype = /(debian|ubuntu|alpine|fedora)/.exec(template)?.[1] ?? 'unmanaged';
}

function restore(call: HandlerCall, type: GuestType, archive: string, known: Guest | undefined): string {
  const { cluster, params } = call;
  const node = params.text('node');
  const volume = findVolume(cluster, node, archive);
  const { backup } = volume;
  if (backup === undefined) throw new ApiError(500, `unable to restore - '${archive}' is no backup`);
  if (backup.type !== type) throw new ApiError(500, `unable to restore a ${backup.type} backup as ${type}`);
  const guest = newGuest({ vmid: params.number('vmid'), type, agent: true, config: {} }, node);
  const storage = params.maybeText('storage');
  const cause = (work: TaskWork) =>
    work.log(`restore vma archive: zstd -q -d -c ${archive} | vma extract -v -r fifo - dir`);
  return startGuestTask(call, guest, 'restore', async work => {
    cause(work);
    if (known !== undefined) removeGuest(call, known);
    cluster.guests.set(guest.vmid, guest);
    guest.lock = 'create';
    try {
      for (const [key, value] of Object.entries(backup.config))
        guest.config[key] = placeRestored(call, guest, key, value, storage);
      for (let percent = 10; percent < 100; percent += 30) {
        await work.reach(percent / 100);
        work.log(`progress ${percent}% (read ${percent * 3_435_973} bytes, duration 0 sec)`);
      }
      Object.assign(guest.config, sentConfig(call));
      if (params.flag('unique')) renewAddresses(guest);
    } catch (error) {
      removeGuest(call, guest);
      throw error;
    }
    delete guest.lock;
    work.log(`rescan volumes...`);
    if (params.flag('start') || params.flag('live-restore')) turnOn(guest);
  });
}

function placeRestored(
  { cluster }: HandlerCall,
  guest: Guest,
  key: string,
  value: string,
  storage: string | undefined,
): string {
  const disk = disksOf({ [key]: value })[0];
  if (disk === undefined || disk.isCdrom) return value;
  const place = storage ?? disk.volid.split(':')[0] ?? '';
  const options = value
    .split(',')
    .slice(1)
    .filter(option => !option.startsWith('size='));
  return cluster.takeVolume(guest, key, [`${place}:${disk.size / 2 ** 30}`, ...options].join(','));
}

/** Each network adapter gets an address of its own. */
export function renewAddresses(guest: Guest): void {
  for (const [key, value] of Object.entries(guest.config)) {
    if (/^net\d+$/.test(key)) guest.config[key] = otherAddress(value);
  }
}

/** A guest goes with its volumes. */
export function removeGuest({ cluster }: Pick<HandlerCall, 'cluster'>, guest: Guest): void {
  cluster.guests.delete(guest.vmid);
  for (const storage of cluster.storages.values()) {
    const volumes = volumesOf(storage, guest.node);
    for (const { volid, vmid, content } of [...volumes.values()]) {
      if (vmid === guest.vmid && (content === 'images' || content === 'rootdir')) volumes.delete(volid);
    }
  }
}

const destroy: Handler = call => {
  const { cluster, params } = call;
  const guest = guestOf(call);
  const word = wordFor(guest);
  const sid = `${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`;
  if (guest.config.protection === '1')
    throw new ApiError(500, `can't remove ${word} ${guest.vmid} - protection mode enabled`);
  if (cluster.section('ha-resources').has(sid) && !params.flag('purge')) {
    throw new ApiError(
      500,
      `unable to remove ${word} ${guest.vmid} - used in HA resources and purge parameter not set.`,
    );
  }
  if (guest.running && !(guest.type === 'lxc' && params.flag('force'))) {
    throw new ApiError(
      500,
      guest.type === 'qemu'
        ? `VM ${guest.vmid} is running - destroy failed`
        : `unable to destroy CT ${guest.vmid} - container is running`,
    );
  }
  const children = [...cluster.storages.values()].flatMap(storage => [...volumesOf(storage, guest.node).values()]);
  const used = children.find(
    ({ parent }) => parent !== undefined && disksOf(guest.config).some(({ volid }) => volid === parent),
  );
  return startGuestTask(call, guest, 'destroy', async work => {
    if (used !== undefined) throw new Error(`base volume '${used.parent}' is still in use by linked cloned`);
    if (guest.lock !== 'suspended') checkLock(guest, call);
    await work.reach(0.9);
    removeGuest(call, guest);
    if (!params.flag('purge')) return;
    cluster.section('ha-resources').delete(sid);
    for (const [id, job] of cluster.section('replication'))
      if (Number(job.guest) === guest.vmid) cluster.section('replication').delete(id);
    for (const job of cluster.section('backup').values()) {
      if (typeof job.vmid === 'string')
        job.vmid = job.vmid
          .split(',')
          .filter(id => Number(id) !== guest.vmid)
          .join(',');
    }
  });
};

export const guestCreateHandlers: Handlers = {
  'POST /nodes/{node}/{type}': create,
  'DELETE /nodes/{node}/{type}/{vmid}': destroy,
};
