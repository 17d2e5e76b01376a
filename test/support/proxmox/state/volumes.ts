import { ApiError } from '../schema/api-error.ts';
import type { Cluster } from './cluster.ts';
import type { Guest } from './guests.ts';
import { type Storage, type Volume, volumesOf } from './storages.ts';

const fresh = /^([\w.-]+):(\d+(?:\.\d+)?)(,|$)/;
const diskKey = /^(scsi|sata|ide|virtio|efidisk|tpmstate|rootfs|mp)\d*$/;

/** `local-lvm:32,ssd=1` → `local-lvm:vm-100-disk-1,ssd=1,size=32G`, with the volume made. What is no new disk stays. */
export function takeVolume(cluster: Cluster, guest: Guest, key: string, value: string): string {
  if (!diskKey.test(key)) return value;
  const text = value.replace(/^(file|volume)=/, '');
  const cloudInit = /^([\w.-]+):cloudinit(,|$)/.exec(text);
  if (cloudInit !== null) return placeVolume(cluster, guest, cloudInit[1] ?? '', 4 * 2 ** 20, text, 'cloudinit', '4M');
  const [, storage, size = '0'] = fresh.exec(text) ?? [];
  if (storage === undefined) return text;
  const source = /(?:^|,)import-from=([^,]+)/.exec(text)?.[1];
  const small = key.startsWith('efidisk') ? 528 * 2 ** 10 : key.startsWith('tpmstate') ? 4 * 2 ** 20 : undefined;
  const imported = source === undefined ? undefined : sizeOf(cluster, guest, source);
  const bytes = small ?? imported ?? Number(size) * 2 ** 30;
  return placeVolume(
    cluster,
    guest,
    storage,
    bytes,
    text.replace(/,import-from=[^,]+/, ''),
    undefined,
    writtenSize(bytes),
  );
}

/** As configurations write it. */
export function writtenSize(bytes: number): string {
  for (const [unit, factor] of [
    ['T', 2 ** 40],
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 2 ** 10],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

function sizeOf(cluster: Cluster, guest: Guest, volid: string): number {
  const storage = cluster.requireStorage(volid.split(':')[0] ?? '', guest.node);
  const found = volumesOf(storage, guest.node).get(volid);
  if (found === undefined) throw new ApiError(500, `volume '${volid}' does not exist`);
  return found.size;
}

function placeVolume(
  cluster: Cluster,
  guest: Guest,
  name: string,
  bytes: number,
  text: string,
  suffix: string | undefined,
  size: string,
): string {
  const storage = requireRoom(cluster, guest, name, bytes);
  const options = text.split(',').slice(1);
  const wanted = options.find(option => option.startsWith('format='))?.slice(7);
  const volume = newVolume(storage, guest, bytes, wanted, suffix);
  const rest = options.filter(option => !option.startsWith('format=') && !option.startsWith('size='));
  return [
    volume.volid,
    ...rest,
    ...(suffix === 'cloudinit' && rest.length === 0 ? ['media=cdrom'] : []),
    `size=${size}`,
  ].join(',');
}

function requireRoom(cluster: Cluster, guest: Guest, name: string, bytes: number): Storage {
  const storage = cluster.requireStorage(name, guest.node);
  const content = guest.type === 'lxc' ? 'rootdir' : 'images';
  if (!storage.content.includes(content))
    throw new ApiError(500, `storage '${name}' does not support content-type '${content}'`);
  if (bytes > storage.total) throw new ApiError(500, `unable to create image: no space left on '${name}'`);
  return storage;
}

/** Makes a volume with the next free number. */
export function newVolume(
  storage: Storage,
  guest: Guest,
  size: number,
  wanted?: string,
  suffix?: string,
  base = false,
): Volume {
  const isFile = ['dir', 'nfs', 'cifs', 'glusterfs', 'cephfs'].includes(storage.type);
  const format = wanted ?? (isFile && guest.type === 'qemu' && suffix === undefined ? 'qcow2' : 'raw');
  const volumes = volumesOf(storage, guest.node);
  const idOf = (end: string) => {
    const name = `${base ? 'base' : 'vm'}-${guest.vmid}-${end}`;
    return `${storage.storage}:${isFile ? `${guest.vmid}/${name}.${format}` : name}`;
  };
  let index = 0;
  while (
    suffix === undefined &&
    [...volumes.keys()].some(volid => new RegExp(`[:/](vm|base)-${guest.vmid}-disk-${index}(\\.|$)`).test(volid))
  )
    index++;
  const volid = idOf(suffix ?? `disk-${index}`);
  const content = guest.type === 'lxc' ? 'rootdir' : 'images';
  const volume: Volume = { volid, content, format, size, ctime: Math.floor(Date.now() / 1000), vmid: guest.vmid };
  volumes.set(volid, volume);
  return volume;
}
