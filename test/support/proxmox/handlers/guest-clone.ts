import { permissionError } from '../access/check-access.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import { disksOf, type Guest, isTemplate, nameOf, newGuest, wordFor } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { volumesOf } from '../state/storages.ts';
import { newVolume, writtenSize } from '../state/volumes.ts';
import { removeGuest, renewAddresses } from './guest-create.ts';
import { guestOf } from './guests.ts';
import { checkLock, startGuestTask } from './power.ts';
import { locked } from './snapshots.ts';

const clone: Handler = call => {
  const { cluster, params } = call;
  const source = guestOf(call);
  const newid = params.number('newid');
  const target = params.maybeText('target') ?? source.node;
  const full = params.has('full') ? params.flag('full') : !isTemplate(source);
  if (cluster.guests.has(newid))
    throw new ApiError(500, `unable to create ${wordFor(source)} ${newid}: config file already exists`);
  if (!full) checkLinked(call, source);
  const snapname = params.maybeText('snapname');
  const snapshot = snapname === undefined ? undefined : source.snapshots.find(({ name }) => name === snapname);
  if (snapname !== undefined && snapshot === undefined)
    throw new ApiError(500, `snapshot '${snapname}' does not exist`);
  const config = { ...(snapshot?.config ?? source.config) };
  const local = disksOf(config).find(
    ({ volid, isCdrom }) => !isCdrom && !cluster.storages.get(volid.split(':')[0] ?? '')?.shared,
  );
  if (target !== source.node && local !== undefined) {
    throw new ApiError(
      500,
      `can't clone ${wordFor(source)} to node '${target}' (${wordFor(source)} uses local storage)`,
    );
  }
  for (const disk of disksOf(config)) {
    const storage = params.maybeText('storage') ?? disk.volid.split(':')[0] ?? '';
    if (disk.isCdrom || cluster.permissions.has(call.account, `/storage/${storage}`, 'Datastore.AllocateSpace'))
      continue;
    throw permissionError(`/storage/${storage}, Datastore.AllocateSpace`);
  }
  const pool = params.maybeText('pool');
  const copy = newGuest({ vmid: newid, type: source.type, ...(pool === undefined ? {} : { pool }) }, source.node);
  checkLock(source);
  // Its number is taken at once, before the task.
  cluster.guests.set(newid, copy);
  copy.lock = 'clone';
  return startGuestTask(call, source, 'clone', async work => {
    try {
      await locked(source, 'clone', async () => {
        delete config.template;
        delete config.protection;
        copy.config = { ...config, [source.type === 'qemu' ? 'name' : 'hostname']: nameFor(call, source) };
        if (params.has('description')) copy.config.description = params.text('description');
        renewAddresses(copy);
        for (const disk of disksOf(config)) {
          if (disk.isCdrom) continue;
          copy.config[disk.key] = copyDisk(call, copy, disk, config[disk.key] ?? '', full);
          work.log(`create ${full ? 'full' : 'linked'} clone of drive ${disk.key} (${disk.volid})`);
        }
        for (const percent of [25, 50, 75, 100]) {
          await work.reach((percent / 100) * 0.9);
          if (full) work.log(`transferred ${percent / 10} GiB of 10.0 GiB (${percent}.00%)`);
        }
      });
    } catch (error) {
      removeGuest(call, copy);
      throw new Error(`clone failed: ${(error as Error).message}`);
    }
    delete copy.lock;
    copy.node = target;
  });
};

function nameFor({ params }: HandlerCall, source: Guest): string {
  return (
    params.maybeText('name') ??
    params.maybeText('hostname') ??
    `Copy-of-${source.type === 'qemu' ? 'VM' : 'CT'}-${nameOf(source)}`
  );
}

function checkLinked({ params }: HandlerCall, source: Guest): void {
  for (const name of ['storage', 'format']) {
    if (params.has(name)) throw new ApiError(500, `parameter '${name}' not allowed for linked clones`);
  }
  const wrong = disksOf(source.config).find(({ volid, isCdrom }) => !isCdrom && !/[:/]base-/.test(volid));
  if (wrong !== undefined)
    throw new ApiError(500, `Linked clone feature is not supported for '${wrong.volid}' (${wrong.key})`);
}

function copyDisk(
  { cluster, params }: HandlerCall,
  copy: Guest,
  disk: { volid: string; size: number },
  value: string,
  full: boolean,
): string {
  const name = params.maybeText('storage') ?? disk.volid.split(':')[0] ?? '';
  const storage = cluster.requireStorage(name, copy.node);
  const volume = newVolume(storage, copy, disk.size, params.maybeText('format'));
  if (!full) volume.parent = disk.volid;
  return [volume.volid, ...value.split(',').slice(1)].join(',');
}

const template: Handler = call => {
  const { cluster } = call;
  const guest = guestOf(call);
  const word = wordFor(guest);
  checkLock(guest);
  if (guest.snapshots.length > 0)
    throw new ApiError(500, `unable to create template, because ${word} contains snapshots`);
  if (isTemplate(guest)) throw new ApiError(500, `you can't convert a template to a template`);
  if (guest.running) {
    throw new ApiError(500, `you can't convert a ${word} to template if ${word === 'VM' ? 'VM' : 'the CT'} is running`);
  }
  const convert = () => {
    for (const { key, volid, isCdrom } of disksOf(guest.config)) {
      const storage = cluster.storages.get(volid.split(':')[0] ?? '');
      if (isCdrom || storage === undefined) continue;
      const volumes = volumesOf(storage, guest.node);
      const volume = volumes.get(volid);
      if (volume === undefined) continue;
      const base = volid.replace(/([:/])(vm|subvol)-(\d+-disk-\d+[^/]*)$/, '$1base-$3');
      volumes.delete(volid);
      volumes.set(base, { ...volume, volid: base });
      guest.config[key] = (guest.config[key] ?? '').replace(volid, base);
    }
    guest.config.template = '1';
  };
  const upid = startGuestTask(call, guest, 'template', convert);
  // Of a container the task is not told, as with the real one.
  return guest.type === 'qemu' ? upid : undefined;
};

const resize: Handler = call => {
  const guest = guestOf(call);
  const { params, account, cluster } = call;
  const key = params.text('disk');
  const disk = disksOf(guest.config).find(found => found.key === key);
  if (disk === undefined) throw new ApiError(500, `disk '${key}' does not exist`);
  const [, plus, digits = '', unit = ''] = /^(\+?)(\d+(?:\.\d+)?)([KMGT]?)$/.exec(params.text('size')) ?? [];
  const amount = Number(digits) * ({ K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }[unit] ?? 1);
  const size = plus === '+' ? disk.size + amount : amount;
  checkLock(guest, call);
  const isMachine = guest.type === 'qemu';
  if (isMachine && disk.isCdrom) throw new ApiError(500, "you can't resize a cdrom");
  if (size < disk.size)
    throw new ApiError(500, isMachine ? 'shrinking disks is not supported' : 'unable to shrink disk size');
  if (size === disk.size && !isMachine) throw new ApiError(500, 'disk is already at specified size');
  return cluster.startTask({
    node: guest.node,
    type: 'resize',
    id: String(guest.vmid),
    account,
    run: () => {
      guest.config[key] = (guest.config[key] ?? '').replace(/size=[^,]+/, `size=${writtenSize(size)}`);
      const storage = cluster.storages.get(disk.volid.split(':')[0] ?? '');
      const volume = storage === undefined ? undefined : volumesOf(storage, guest.node).get(disk.volid);
      if (volume !== undefined) volume.size = size;
    },
  });
};

const moveDisk: Handler = call => {
  const { cluster, params, account } = call;
  const guest = guestOf(call);
  const key = params.maybeText('disk') ?? params.text('volume');
  const disk = disksOf(guest.config).find(found => found.key === key);
  if (disk === undefined) throw new ApiError(500, `disk '${key}' does not exist`);
  if (!params.has('storage') && !params.has('target-vmid'))
    throw parameterError({ storage: "Either set 'storage' or 'target-vmid'" });
  checkLock(guest, call);
  refuseMove(call, guest, disk);
  const run = async (work: { reach(share: number): Promise<void>; log(line: string): void }) => {
    await locked(guest, 'disk', async () => {
      const value = guest.config[key] ?? '';
      const owner = params.has('target-vmid') ? cluster.guests.get(params.number('target-vmid')) : undefined;
      if (params.has('target-vmid') && owner === undefined)
        throw new Error(`there is no guest ${params.text('target-vmid')}`);
      const name = params.maybeText('storage') ?? disk.volid.split(':')[0] ?? '';
      const made = newVolume(
        cluster.requireStorage(name, guest.node),
        owner ?? guest,
        disk.size,
        params.maybeText('format'),
      );
      work.log(`create full clone of drive ${key} (${disk.volid})`);
      for (const percent of [30, 60, 100]) {
        await work.reach((percent / 100) * 0.9);
        work.log(`drive mirror: transferred ${percent}.00%`);
      }
      const text = [made.volid, ...value.split(',').slice(1)].join(',');
      if (owner !== undefined) {
        delete guest.config[key];
        owner.config[params.maybeText('target-disk') ?? params.maybeText('target-volume') ?? key] = text;
      } else guest.config[key] = text;
      releaseOld(call, guest, disk.volid, params.flag('delete') || owner !== undefined);
    });
  };
  const type = guest.type === 'qemu' ? 'qmmove' : 'move_volume';
  return cluster.startTask({ node: guest.node, type, id: String(guest.vmid), account, run });
};

function refuseMove({ params }: HandlerCall, guest: Guest, disk: { volid: string; isCdrom: boolean }): void {
  if (guest.type === 'lxc') {
    if (guest.running) throw new ApiError(500, 'cannot move volumes of a running container');
    return;
  }
  if (disk.isCdrom) throw new ApiError(500, "you can't move a cdrom");
  const format = /\.(qcow2|vmdk|raw)$/.exec(disk.volid)?.[1] ?? 'raw';
  const isSame =
    params.maybeText('storage') === disk.volid.split(':')[0] && (params.maybeText('format') ?? format) === format;
  if (isSame) throw new ApiError(500, "you can't move to the same storage with same format");
  const kept = guest.snapshots.some(({ config }) => Object.values(config).some(value => value.includes(disk.volid)));
  if (kept && params.flag('delete'))
    throw new ApiError(500, "you can't move a disk with snapshots and delete the source");
}

function releaseOld({ cluster }: HandlerCall, guest: Guest, volid: string, remove: boolean): void {
  const storage = cluster.storages.get(volid.split(':')[0] ?? '');
  if (remove && storage !== undefined) {
    volumesOf(storage, guest.node).delete(volid);
    return;
  }
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index++;
  guest.config[`unused${index}`] = volid;
}

const unlink: Handler = call => {
  const guest = guestOf(call);
  checkLock(guest, call);
  for (const key of call.params.words('idlist')) {
    const disk = disksOf(guest.config).find(found => found.key === key);
    if (disk === undefined) continue;
    const isUnused = key.startsWith('unused');
    delete guest.config[key];
    if (isUnused || call.params.flag('force')) releaseOld(call, guest, disk.volid, true);
    else releaseOld(call, guest, disk.volid, false);
  }
};

const at = '/nodes/{node}/{type}/{vmid}';

export const guestCloneHandlers: Handlers = {
  [`POST ${at}/clone`]: clone,
  [`POST ${at}/template`]: template,
  [`PUT ${at}/resize`]: resize,
  [`POST ${at}/move_disk`]: moveDisk,
  [`POST ${at}/move_volume`]: moveDisk,
  [`PUT ${at}/unlink`]: unlink,
  [`GET ${at}/feature`]: call => {
    const { params, cluster } = call;
    const guest = guestOf(call);
    const has = params.text('feature') !== 'clone' || isTemplate(guest);
    return { hasFeature: Number(has), nodes: [...cluster.nodes.keys()] };
  },
};
