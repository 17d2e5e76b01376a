import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ParameterValue } from '../client/request.ts';
import { buildPropertyString, parsePropertyString } from '../property-string.ts';
import { numberOf, type ReplyRecord, textOf } from '../reply-values.ts';
import type { Guest } from '../session.ts';
import { bridgeOf } from './creation-request.ts';
import { checkOptions } from './options.ts';

type Settings = Record<string, ParameterValue>;

/** What a change of a machine comes to in the server's own settings. */
export function settingsOf(input: ToolInput<'vm.configure'>, guest: Guest, configuration: ReplyRecord): Settings {
  const { cpus, memoryBytes, network, eject, description, tags, onBoot, options } = input;
  return {
    ...(cpus === undefined ? {} : processors(cpus, guest, configuration)),
    ...(memoryBytes === undefined ? {} : { memory: Math.ceil(memoryBytes / 2 ** 20) }),
    ...(network === undefined ? {} : { net0: firstAdapter(network, guest, textOf(configuration.net0)) }),
    ...(eject ? emptyDrives(guest, configuration) : {}),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags: tags.join(';') }),
    ...(onBoot === undefined ? {} : { onboot: onBoot === 'yes' }),
    ...checkOptions(options),
  };
}

/** The sockets stay as they are where that gives the wanted number. */
function processors(cpus: number, { type }: Guest, configuration: ReplyRecord): Record<string, number> {
  if (type === 'lxc') return { cores: cpus };
  const sockets = numberOf(configuration.sockets) ?? 1;
  return cpus % sockets === 0 ? { cores: cpus / sockets } : { sockets: 1, cores: cpus };
}

/** Its first adapter goes to another bridge, and stays what it is otherwise. */
function firstAdapter(network: string, { type }: Guest, present: string | undefined): string {
  const { bare, properties } = parsePropertyString(present ?? (type === 'qemu' ? 'virtio' : 'name=eth0,ip=dhcp'));
  return buildPropertyString({ bare, properties: new Map([...properties, ['bridge', bridgeOf(network)]]) });
}

/** ide2: local:iso/debian.iso,media=cdrom becomes none,media=cdrom; the drive of cloud-init stays. */
function emptyDrives({ type }: Guest, configuration: ReplyRecord): Settings {
  if (type === 'lxc') {
    throw new Fault('unsupported', 'A container has no drive for discs.', {
      remedy: 'Leave eject out.',
      data: { field: 'eject' },
    });
  }
  const drives = Object.entries(configuration).filter(([key, value]) => {
    const { bare = '', properties } = parsePropertyString(textOf(value) ?? '');
    return /^(ide|sata|scsi)\d+$/.test(key) && properties.get('media') === 'cdrom' && !/^none$|cloudinit/.test(bare);
  });
  return Object.fromEntries(drives.map(([key]) => [key, 'none,media=cdrom']));
}
