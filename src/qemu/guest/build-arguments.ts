import type { LocalPipe } from '../../host/local-pipe.ts';
import { getAcceleratorArguments } from '../accelerator/accelerator-ladder.ts';
import type { BootPlan } from '../boot-plan.ts';
import type { EngineVersion } from '../engine.ts';
import type { UefiFirmware } from '../firmware/uefi-firmware.ts';
import { describeDisk } from './disk-devices.ts';
import { formatDevice } from './format-device.ts';
import { guestFiles } from './guest-files.ts';
import type { BlockNode } from './source-node.ts';

export interface MachineParts {
  readonly version: EngineVersion;
  /** The node with the name `disk`. */
  readonly disk: BlockNode;
  readonly uefi?: UefiFirmware | undefined;
  readonly owner: LocalPipe;
  /** Absent where QEMU cannot serve a second channel. */
  readonly visitor?: LocalPipe | undefined;
}

type FormatDevice = (properties: Readonly<Record<string, unknown>>) => string[];

/** QEMU's arguments for a plan. Everything that comes from outside goes in as JSON, where a comma is only a comma. */
export function buildArguments(plan: BootPlan, parts: MachineParts): string[] {
  const device: FormatDevice = properties => formatDevice(parts.version, properties);
  return [
    // Stopped until its channel is watched, so that nothing is missed.
    ...['-name', 'vmbridge', '-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    ...['-machine', describeMachine(plan)],
    ...getAcceleratorArguments(plan.accelerator, parts.version),
    ...['-m', `${Math.floor(plan.memoryBytes / (1024 * 1024))}M`],
    ...['-smp', `cpus=${plan.cpus},sockets=1,cores=${plan.cpus},threads=1`],
    ...['-rtc', 'base=utc', '-boot', 'menu=off,strict=on'],
    // A guest may restart. One that shuts down or panics is kept, with its last screen.
    ...['-action', 'reboot=reset,shutdown=pause,panic=none'],
    ...describeChannel('owner', parts.owner),
    ...(parts.visitor ? describeChannel('visitor', parts.visitor) : []),
    ...(parts.uefi ? describeFlash(parts.uefi) : []),
    ...block(parts.disk),
    ...describeDisk(plan).flatMap(device),
    ...describeNetwork(plan, device),
    ...describeLog('serial', guestFiles.serial),
    ...device({ driver: 'isa-serial', chardev: 'serial' }),
    ...describeLog('firmware', guestFiles.firmwareLog),
    ...device({ driver: 'isa-debugcon', iobase: 0x402, chardev: 'firmware' }),
    ...device({ driver: 'VGA', id: 'screen' }),
    ...['-object', JSON.stringify({ 'qom-type': 'rng-builtin', id: 'rng' })],
    ...device({ driver: 'virtio-rng-pci', rng: 'rng' }),
    ...device({ driver: 'pvpanic' }),
  ];
}

function describeMachine({ machine, firmware }: BootPlan): string {
  const flash = firmware === 'uefi' ? ',pflash0=firmware-code,pflash1=firmware-vars' : '';
  return `${machine},vmport=off,dump-guest-core=off${flash}`;
}

function describeFlash({ code, codeFormat, varsFormat }: UefiFirmware): string[] {
  const codeFile = { driver: 'file', filename: code, 'read-only': true, 'auto-read-only': false };
  const varsFile = { driver: 'file', filename: guestFiles.variables };
  return [
    ...block({ driver: codeFormat, 'node-name': 'firmware-code', 'read-only': true, file: codeFile }),
    ...block({ driver: varsFormat, 'node-name': 'firmware-vars', file: varsFile }),
  ];
}

function describeNetwork({ network, machine }: BootPlan, device: FormatDevice): string[] {
  if (network === 'none') return ['-nic', 'none'];
  const driver = machine === 'pc' ? 'e1000' : 'e1000e';
  // Without its boot ROM: nothing shall start from a network.
  return ['-netdev', 'user,id=net,restrict=on', ...device({ driver, netdev: 'net', romfile: '' })];
}

function describeChannel(id: string, pipe: LocalPipe): string[] {
  const backend =
    pipe.kind === 'pipe'
      ? `pipe,id=${id},path=${escapeComma(pipe.name)}`
      : `socket,id=${id},path=${escapeComma(pipe.name)},server=on,wait=off`;
  return ['-chardev', backend, '-mon', `chardev=${id},mode=control`];
}

// Appending lets the file be cut while QEMU writes to it.
function describeLog(id: string, file: string): string[] {
  return ['-chardev', `file,id=${id},path=${file},append=on`];
}

function block(node: BlockNode): string[] {
  return ['-blockdev', JSON.stringify(node)];
}

/** The options that take no JSON end a value at a comma, unless it is written twice. */
function escapeComma(value: string): string {
  return value.replaceAll(',', ',,');
}
