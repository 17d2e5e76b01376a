import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ParameterValue, ProxmoxRequest } from '../client/request.ts';
import { buildPropertyString } from '../property-string.ts';
import { checkGuestName } from './guest-name.ts';
import { checkOptions } from './options.ts';

type CreateInput = ToolInput<'vm.create'>;
type Params = Record<string, ParameterValue | undefined>;

/** Where it is put. */
export interface Placement {
  readonly node: string;
  readonly storage: string;
  readonly vmid: number;
}

const defaultDiskBytes = { vm: 20 * 2 ** 30, container: 8 * 2 ** 30 };
const slots: Readonly<Record<CreateInput['bus'], string | undefined>> = {
  ahci: 'sata0',
  ide: 'ide0',
  virtio: 'virtio0',
  nvme: undefined,
};

/** What a plan does not show. */
export const creationSecrets = ['password', 'cipassword'];

/** The request that makes the machine. Faults: `invalid`, `unsupported` for what such a machine does not have. */
export function creationRequest(input: CreateInput, place: Placement): ProxmoxRequest {
  checkGuestName(input.name);
  return input.kind === 'container' ? containerRequest(input, place) : machineRequest(input, place);
}

function common({ cpus, memoryBytes, tags, description, pool, start, osType, options }: CreateInput, place: Placement) {
  return {
    node: place.node,
    vmid: place.vmid,
    cores: cpus,
    memory: Math.ceil(memoryBytes / 2 ** 20),
    ostype: osType,
    tags: tags === undefined ? undefined : tags.join(';'),
    description,
    pool,
    start: start ? true : undefined,
    ...checkOptions(options),
  };
}

function machineRequest(input: CreateInput, place: Placement): ProxmoxRequest {
  if (input.template !== undefined)
    throw notOf('A virtual machine', 'template', 'Set kind to "container", or use vm.clone.');
  if (input.privileged) throw notOf('A virtual machine', 'privileged', 'Leave it out.');
  const slot = slots[input.bus];
  if (slot === undefined) throw notOf('A machine of Proxmox VE', 'bus "nvme"', 'Use "ahci", "ide" or "virtio".');
  const { storage } = place;
  const params: Params = {
    ...common(input, place),
    name: input.name,
    [slot]: allocation(storage, input.diskBytes ?? defaultDiskBytes.vm),
    ...(input.isoVolume === undefined ? {} : { ide2: property(input.isoVolume, { media: 'cdrom' }) }),
    boot: `order=${slot}${input.isoVolume === undefined ? '' : ';ide2'}`,
    ...adapter(input, { model: 'virtio' }),
    ...firmwareParams(input, storage),
    ...cloudInit(input, storage),
  };
  return { method: 'POST', path: '/nodes/{node}/qemu', params: { ...params, ...checkOptions(input.options) } };
}

function firmwareParams({ firmware }: CreateInput, storage: string): Params {
  if (firmware === 'auto') return {};
  if (firmware === 'bios') return { bios: 'seabios' };
  return {
    bios: 'ovmf',
    machine: 'q35',
    efidisk0: property(`${storage}:1`, { efitype: '4m', 'pre-enrolled-keys': '0' }),
  };
}

/** A machine is told its password and keys by cloud-init, where the system on its disk has that. */
function cloudInit({ password, sshKeys }: CreateInput, storage: string): Params {
  if (password === undefined && sshKeys === undefined) return {};
  return {
    ide3: property(`${storage}:cloudinit`, { media: 'cdrom' }),
    cipassword: password,
    // The server wants this one text encoded once more.
    sshkeys: sshKeys === undefined ? undefined : encodeURIComponent(sshKeys.join('\n')),
  };
}

function containerRequest(input: CreateInput, place: Placement): ProxmoxRequest {
  const { template } = input;
  if (template === undefined) {
    throw new Fault('invalid', 'A container is unpacked from a template, and none is named.', {
      remedy: 'Name one of a storage, e.g. template "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst".',
      data: { field: 'template' },
    });
  }
  if (input.isoVolume !== undefined) throw notOf('A container', 'isoVolume', 'Leave it out.');
  if (input.firmware !== 'auto') throw notOf('A container', 'firmware', 'Leave it out.');
  return {
    method: 'POST',
    path: '/nodes/{node}/lxc',
    params: {
      ...common(input, place),
      hostname: input.name,
      ostemplate: template,
      rootfs: allocation(place.storage, input.diskBytes ?? defaultDiskBytes.container),
      unprivileged: !input.privileged,
      password: input.password,
      'ssh-public-keys': input.sshKeys?.join('\n'),
      ...adapter(input, { name: 'eth0', ip: 'dhcp' }),
      ...checkOptions(input.options),
    },
  };
}

/** storage:32 stands for a new volume of 32 GiB. */
function allocation(storage: string, bytes: number): string {
  return `${storage}:${Math.ceil(bytes / 2 ** 20) / 1024}`;
}

function adapter({ network }: CreateInput, before: Readonly<Record<string, string>>): Params {
  if (network === undefined) return {};
  const properties = new Map(Object.entries({ ...before, bridge: bridgeOf(network) }));
  return { net0: buildPropertyString({ properties }) };
}

/** The bridge of a network, which is named by its id or name: the last word of `proxmox:lab/pve1/vmbr0`. */
export function bridgeOf(network: string): string {
  return network.slice(network.lastIndexOf('/') + 1);
}

function property(bare: string, properties: Readonly<Record<string, string>>): string {
  return buildPropertyString({ bare, properties: new Map(Object.entries(properties)) });
}

function notOf(what: string, field: string, remedy: string): Fault {
  return new Fault('unsupported', `${what} has no ${field}.`, { remedy, data: { field: field.split(' ')[0] } });
}
