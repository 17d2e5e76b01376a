import type { LocalPipe } from '../../host/local-pipe.ts';
import { getAcceleratorArguments } from '../accelerator/accelerator-ladder.ts';
import type { EngineVersion } from '../engine.ts';
import type { MachineSpec } from '../machine-spec.ts';
import { describeDrives } from './disk-devices.ts';
import { escapeComma } from './escape-comma.ts';
import { formatDevice } from './format-device.ts';
import { guestFiles } from './guest-files.ts';
import { describeNetworks } from './network-devices.ts';
import { describeShares } from './share-devices.ts';
import type { BlockNode } from './source-node.ts';

export interface MachineParts {
  readonly version: EngineVersion;
  readonly owner: LocalPipe;
  /** Absent where QEMU cannot serve a second channel. */
  readonly visitor: LocalPipe | undefined;
  /** The guest agent's; absent for a machine without one. */
  readonly agent?: LocalPipe | undefined;
  /** Arguments for the remote screen. */
  readonly screen?: readonly string[] | undefined;
}

type FormatDevice = (properties: Readonly<Record<string, unknown>>) => string[];

/** QEMU's arguments for a machine. Everything that comes from outside goes in as JSON, where a comma is only a comma. */
export function buildArguments(spec: MachineSpec, parts: MachineParts): string[] {
  const device: FormatDevice = properties => formatDevice(parts.version, properties);
  return [
    // Stopped until its channel is watched, so that nothing is missed.
    ...['-name', describeName(spec), '-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    // Removed by a QEMU that ends in order: where it is left, the process was killed or broke down.
    ...['-pidfile', guestFiles.processId],
    ...['-machine', describeMachine(spec)],
    ...getAcceleratorArguments(spec.accelerator, parts.version, spec),
    ...['-m', `${Math.floor(spec.memoryBytes / (1024 * 1024))}M`],
    ...['-smp', `cpus=${spec.cpus},sockets=1,cores=${spec.cpus},threads=1`],
    ...['-rtc', 'base=utc', '-boot', 'menu=off,strict=on'],
    // A guest may restart. One that panics is kept, with its last screen.
    ...['-action', `reboot=reset,shutdown=${spec.shutdown},panic=none`],
    ...describeChannels(parts),
    ...(spec.flash ? [...block(spec.flash.code), ...block(spec.flash.variables)] : []),
    ...spec.drives.flatMap(({ id, node }) => (node === undefined ? [] : block({ ...node, 'node-name': id }))),
    ...describeDrives(spec.machine, spec.drives).flatMap(device),
    ...describeCards(spec, device),
    ...describeShares(spec.shares, device),
    ...describeLog('serial', guestFiles.serial),
    ...device({ driver: 'isa-serial', chardev: 'serial' }),
    ...describeLog('firmware', guestFiles.firmwareLog),
    ...device({ driver: 'isa-debugcon', iobase: 0x402, chardev: 'firmware' }),
    ...device({ driver: 'VGA', id: 'screen' }),
    ...['-object', JSON.stringify({ 'qom-type': 'rng-builtin', id: 'rng' })],
    ...device({ driver: 'virtio-rng-pci', rng: 'rng' }),
    ...device({ driver: 'pvpanic' }),
    ...(parts.agent ? describeAgent(device) : []),
    ...(spec.attended ? describeAttendance(parts, device) : []),
  ];
}

function describeName({ name }: MachineSpec): string {
  return `guest=${escapeComma(name)}`;
}

function describeMachine({ machine, flash }: MachineSpec): string {
  const pflash = flash ? ',pflash0=firmware-code,pflash1=firmware-vars' : '';
  return `${machine},vmport=off,dump-guest-core=off${pflash}`;
}

function describeCards({ machine, networks }: MachineSpec, device: FormatDevice): string[] {
  if (networks.length === 0) return ['-nic', 'none'];
  const { backends, devices } = describeNetworks(machine, networks);
  return [...backends.flatMap(backend => ['-netdev', backend]), ...devices.flatMap(device)];
}

function describeChannels({ owner, visitor, agent }: MachineParts): string[] {
  return [
    ...describeMonitor('owner', owner),
    ...(visitor ? describeMonitor('visitor', visitor) : []),
    ...(agent ? ['-chardev', describeBackend('agent', agent)] : []),
  ];
}

function describeMonitor(id: string, pipe: LocalPipe): string[] {
  return ['-chardev', describeBackend(id, pipe), '-mon', `chardev=${id},mode=control`];
}

function describeBackend(id: string, pipe: LocalPipe): string {
  if (pipe.kind === 'pipe') return `pipe,id=${id},path=${escapeComma(pipe.name)}`;
  return `socket,id=${id},path=${escapeComma(pipe.name)},server=on,wait=off`;
}

function describeAgent(device: FormatDevice): string[] {
  return [
    ...device({ driver: 'virtio-serial-pci', id: 'ports' }),
    ...device({ driver: 'virtserialport', bus: 'ports.0', chardev: 'agent', name: 'org.qemu.guest_agent.0' }),
  ];
}

/** What a machine needs that people and their programs work with. */
function describeAttendance({ screen = [] }: MachineParts, device: FormatDevice): string[] {
  return [
    ...device({ driver: 'virtio-balloon-pci', id: 'balloon' }),
    ...device({ driver: 'qemu-xhci', id: 'usb' }),
    // A pointer that is where the viewer's is, without catching it first.
    ...device({ driver: 'usb-tablet', bus: 'usb.0' }),
    ...screen,
  ];
}

// Appending lets the file be cut while QEMU writes to it.
function describeLog(id: string, file: string): string[] {
  return ['-chardev', `file,id=${id},path=${file},append=on`];
}

function block(node: BlockNode): string[] {
  return ['-blockdev', JSON.stringify(node)];
}
