import { writeFileSync } from 'node:fs';
import type { ToolId } from '../../../../src/catalog/types.ts';
import type { GuestSeed } from '../../../support/proxmox/state/guests.ts';
import type { MachineBench } from './machine-bench.ts';

/** A call that changes a machine, and the request in which it does. */
export interface MachineChange {
  readonly title: string;
  readonly id: ToolId;
  readonly input: Readonly<Record<string, unknown>>;
  /** What the machine is like before. */
  readonly guest: Partial<GuestSeed>;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly template: string;
  /** True where a task follows. */
  readonly task: boolean;
}

const snapshots = [{ name: 'before', description: '', snaptime: 1_772_366_400, vmstate: false, config: {} }];
const machine = '/nodes/{node}/qemu/{vmid}';
const container = '/nodes/{node}/lxc/{vmid}';
const on = { running: true };
const ct = { type: 'lxc' as const };
const disk = { scsi0: 'shared:9/vm-9-disk-0.qcow2,size=8G' };
const rootfs = { rootfs: 'shared:9/vm-9-disk-0.raw,size=8G' };
const agent = { ...on, config: { agent: '1' } };

type Row = [
  title: string,
  id: ToolId,
  input: object,
  guest: Partial<GuestSeed>,
  method: MachineChange['method'],
  path: string,
  task?: false,
];

const made = { node: 'pve1', storage: 'local-lvm' };
const template = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';

const rows: readonly Row[] = [
  ['create', 'vm.create', { ...made, name: 'made', vmid: 9003 }, {}, 'POST', '/nodes/{node}/qemu'],
  [
    'create a container',
    'vm.create',
    { ...made, kind: 'container', name: 'made', vmid: 9004, template },
    {},
    'POST',
    '/nodes/{node}/lxc',
  ],
  ['start', 'vm.start', {}, {}, 'POST', `${machine}/status/start`],
  ['shut down', 'vm.stop', {}, on, 'POST', `${machine}/status/shutdown`],
  ['stop', 'vm.stop', { force: true }, on, 'POST', `${machine}/status/stop`],
  ['restart', 'vm.restart', {}, on, 'POST', `${machine}/status/reboot`],
  ['reset', 'vm.restart', { force: true }, on, 'POST', `${machine}/status/reset`],
  ['pause', 'vm.pause', {}, on, 'POST', `${machine}/status/suspend`],
  ['suspend', 'vm.suspend', {}, on, 'POST', `${machine}/status/suspend`],
  ['resume', 'vm.resume', {}, { lock: 'suspended' }, 'POST', `${machine}/status/start`],
  // A number of its own: who asks for a free one asks again when somebody else was faster.
  ['clone', 'vm.clone', { name: 'copy', vmid: 9001 }, { config: disk }, 'POST', `${machine}/clone`],
  ['template', 'vm.template', {}, { config: disk }, 'POST', `${machine}/template`],
  ['migrate', 'vm.migrate', { node: 'pve2' }, { config: disk }, 'POST', `${machine}/migrate`],
  ['delete', 'vm.delete', {}, {}, 'DELETE', machine],
  ['rename', 'vm.rename', { name: 'renamed' }, {}, 'PUT', `${machine}/config`, false],
  ['configure', 'vm.configure', { cpus: 3 }, {}, 'POST', `${machine}/config`],
  ['resize', 'vm.disk.resize', { disk: 'scsi0', sizeBytes: 9 * 2 ** 30 }, { config: disk }, 'PUT', `${machine}/resize`],
  ['move', 'vm.disk.move', { disk: 'scsi0', storage: 'local-lvm' }, { config: disk }, 'POST', `${machine}/move_disk`],
  ['checkpoint', 'vm.checkpoint.create', { name: 'now' }, on, 'POST', `${machine}/snapshot`],
  [
    'restore',
    'vm.checkpoint.restore',
    { checkpoint: 'before' },
    { snapshots },
    'POST',
    `${machine}/snapshot/{snapname}/rollback`,
  ],
  [
    'forget',
    'vm.checkpoint.delete',
    { checkpoint: 'before' },
    { snapshots },
    'DELETE',
    `${machine}/snapshot/{snapname}`,
  ],
  ['exec', 'vm.exec', { command: 'true' }, agent, 'POST', `${machine}/agent/exec`, false],
  ['copy', 'vm.copy', { direction: 'toGuest', target: '/new' }, agent, 'POST', `${machine}/agent/file-write`, false],
  ['freeze', 'vm.freeze', { action: 'freeze' }, agent, 'POST', `${machine}/agent/fsfreeze-freeze`, false],
  ['start a container', 'vm.start', {}, ct, 'POST', `${container}/status/start`],
  ['shut a container down', 'vm.stop', {}, { ...ct, ...on }, 'POST', `${container}/status/shutdown`],
  ['restart a container', 'vm.restart', {}, { ...ct, ...on }, 'POST', `${container}/status/reboot`],
  ['suspend a container', 'vm.suspend', {}, { ...ct, ...on }, 'POST', `${container}/status/suspend`],
  [
    'clone a container',
    'vm.clone',
    { name: 'copy', vmid: 9002 },
    { ...ct, config: rootfs },
    'POST',
    `${container}/clone`,
  ],
  ['template of a container', 'vm.template', {}, { ...ct, config: rootfs }, 'POST', `${container}/template`, false],
  ['migrate a container', 'vm.migrate', { node: 'pve2' }, { ...ct, config: rootfs }, 'POST', `${container}/migrate`],
  ['delete a container', 'vm.delete', {}, ct, 'DELETE', container],
  ['rename a container', 'vm.rename', { name: 'renamed' }, ct, 'PUT', `${container}/config`, false],
  ['configure a container', 'vm.configure', { cpus: 3 }, ct, 'PUT', `${container}/config`, false],
  [
    'resize of a container',
    'vm.disk.resize',
    { disk: 'rootfs', sizeBytes: 9 * 2 ** 30 },
    { ...ct, config: rootfs },
    'PUT',
    `${container}/resize`,
  ],
  [
    'move of a container',
    'vm.disk.move',
    { disk: 'rootfs', storage: 'local-lvm' },
    { ...ct, config: rootfs },
    'POST',
    `${container}/move_volume`,
  ],
  ['checkpoint a container', 'vm.checkpoint.create', { name: 'now' }, ct, 'POST', `${container}/snapshot`],
  [
    'restore a container',
    'vm.checkpoint.restore',
    { checkpoint: 'before' },
    { ...ct, snapshots },
    'POST',
    `${container}/snapshot/{snapname}/rollback`,
  ],
  [
    'forget of a container',
    'vm.checkpoint.delete',
    { checkpoint: 'before' },
    { ...ct, snapshots },
    'DELETE',
    `${container}/snapshot/{snapname}`,
  ],
];

export const machineChanges: readonly MachineChange[] = rows.map(
  ([title, id, input, guest, method, template, task = true]) => ({
    title,
    id,
    input: input as Readonly<Record<string, unknown>>,
    guest,
    method,
    template,
    task: task !== false,
  }),
);

const first = 1000;

/** The machine of a change: each has one of its own. */
export function vmidOf(change: MachineChange): number {
  return change.id === 'vm.create' ? Number(change.input.vmid) : first + machineChanges.indexOf(change);
}

/** A cluster with a machine for each change, as it has to be before. */
export function seedOf(changes: readonly MachineChange[]) {
  const others = changes.filter(({ id }) => id !== 'vm.create');
  const guests = others.map(change => {
    const vmid = vmidOf(change);
    const name = { [change.guest.type === 'lxc' ? 'hostname' : 'name']: `m${vmid}` };
    return { node: 'pve1', ...change.guest, vmid, config: { ...name, memory: '512', ...change.guest.config } };
  });
  return { guests };
}

/** Makes the call of a change; `file` is where one can be copied from. */
export function perform(bench: MachineBench, change: MachineChange, file: string): Promise<unknown> {
  const isCopy = change.id === 'vm.copy';
  if (isCopy) writeFileSync(file, 'content');
  const vm = change.id === 'vm.create' ? {} : { vm: `proxmox:lab/${vmidOf(change)}` };
  const input = { ...change.input, ...vm, ...(isCopy ? { source: file } : {}) };
  return bench.run(change.id, input as never);
}

/** What the request of a change is recognised by before its form is read. */
export function matchOf({ id, method, template }: MachineChange, vmid: number) {
  return { method, template, ...(id === 'vm.create' ? {} : { params: { vmid } }) };
}

/** How often the request of a change was carried out or refused by the server. */
export function timesSent({ server }: MachineBench, change: MachineChange): number {
  const vmid = String(vmidOf(change));
  return server.calledOf(change.method, change.template).filter(({ params }) => String(params.vmid) === vmid).length;
}
