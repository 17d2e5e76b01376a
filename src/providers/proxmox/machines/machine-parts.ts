import type { MachineAdapter, MachineDisk } from '../../../model/machine-parts.ts';
import { type PropertyString, parsePropertyString } from '../property-string.ts';
import { flagOf, numberOf, type ReplyRecord, textOf } from '../reply-values.ts';

const diskKey = /^(ide|sata|scsi|virtio|efidisk|tpmstate|unused|mp)\d+$|^rootfs$/;
const adapterKey = /^net\d+$/;
const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** scsi0: local-lvm:vm-100-disk-0,size=32G — ide2: local:iso/debian.iso,media=cdrom,size=600M — rootfs: local:101/disk.raw,size=8G */
export function disksOf(configuration: ReplyRecord): MachineDisk[] {
  return Object.entries(configuration)
    .filter(([key]) => diskKey.test(key))
    .flatMap(([key, value]) => diskOf(key, textOf(value)))
    .sort(byKey);
}

function diskOf(key: string, text: string | undefined): MachineDisk[] {
  if (text === undefined) return [];
  const { bare, properties } = parsePropertyString(text);
  const volume = bare ?? properties.get('file') ?? properties.get('volume');
  if (volume === undefined) return [];
  const [, storage] = /^([A-Za-z][\w.-]*):/.exec(volume) ?? [];
  const sizeBytes = sizeOf(properties.get('size'));
  return [
    {
      key,
      volume,
      ...(storage === undefined ? {} : { storage }),
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      media: properties.get('media') === 'cdrom' ? 'cdrom' : 'disk',
    },
  ];
}

/** 32G, 528K, 4194304 */
export function sizeOf(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  const bytes = Math.round(Number(digits) * (unit === undefined ? 1 : (units[unit] ?? 1)));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** net0: virtio=BC:24:11:2A:00:01,bridge=vmbr0,firewall=1,tag=5 — net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:2A:00:02,type=veth */
export function adaptersOf(configuration: ReplyRecord): MachineAdapter[] {
  return Object.entries(configuration)
    .filter(([key]) => adapterKey.test(key))
    .map(([key, value]) => adapterOf(key, parsePropertyString(textOf(value) ?? '')))
    .sort(byKey);
}

const macAddress = /^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/;

function adapterOf(key: string, { bare, properties }: PropertyString): MachineAdapter {
  const [modelWithMac] = [...properties].find(([name, value]) => name !== 'hwaddr' && macAddress.test(value)) ?? [];
  const model = modelWithMac ?? properties.get('model') ?? bare ?? properties.get('type');
  const mac = (modelWithMac && properties.get(modelWithMac)) ?? properties.get('macaddr') ?? properties.get('hwaddr');
  const bridge = properties.get('bridge');
  const vlan = numberOf(properties.get('tag'));
  const firewall = properties.get('firewall');
  const name = properties.get('name');
  return {
    key,
    ...(model === undefined ? {} : { model }),
    ...(mac === undefined ? {} : { mac: mac.toUpperCase() }),
    ...(bridge === undefined ? {} : { bridge }),
    ...(vlan === undefined ? {} : { vlan: Math.round(vlan) }),
    ...(firewall === undefined ? {} : { firewall: flagOf(firewall) }),
    connected: !flagOf(properties.get('link_down')),
    ...(name === undefined ? {} : { name }),
  };
}

/** The UUID of SMBIOS, in lower case. smbios1: uuid=0d6a4f6e-…,manufacturer=…,base64=1 */
export function uuidOf(configuration: ReplyRecord): string | undefined {
  const uuid = parsePropertyString(textOf(configuration.smbios1) ?? '').properties.get('uuid');
  return uuid === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)
    ? undefined
    : uuid.toLowerCase();
}

/** net2 before net10. */
function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key.localeCompare(b.key, 'en', { numeric: true });
}
