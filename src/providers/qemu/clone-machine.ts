import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { ToolInput } from '../../catalog/types.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { describeSource } from '../../qemu/guest/source-node.ts';
import { createMac } from '../../qemu/machines/create-mac.ts';
import { variablesFile } from '../../qemu/machines/describe-machine.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { settlePending } from './checkpoints/settle-pending.ts';
import { findKept, findMachine, idOf, requireStopped } from './find-machine.ts';
import { type DiskMaker, makeDisks } from './machine-disks.ts';
import { readMachine } from './present-machine.ts';
import type { QemuSession } from './session.ts';

/** Makes a second machine from a stopped one, without its checkpoints and forwarded ports, and with addresses of its own. */
export async function cloneMachine(
  session: QemuSession,
  { vm, name, linked }: ToolInput<'vm.clone'>,
  call: CallContext,
): Promise<{ machine: Machine }> {
  const { signal } = call;
  const found = await findKept(session, vm);
  await session.store.exclusively(found.definition, signal, async () => {
    const now = await settlePending(session, vm);
    requireStopped(now, 'it can be cloned');
    const { definition } = now;
    const clone = describeClone(definition, name);
    const engine = await findEngine(session.environment.engine, signal);
    const build = (folder: string) =>
      fillClone(
        { from: session.store.folderOf(definition.id), clone, linked },
        makeDisks(engine, folder, signal),
        call,
      );
    await session.store.create(clone, build, signal);
  });
  return { machine: await readMachine(session, await findMachine(session, idOf(name)), signal) };
}

export function describeClone(definition: MachineDefinition, name: string): MachineDefinition {
  const { current: _, lastRun: __, pending: ____, ...rest } = definition;
  return {
    ...rest,
    id: randomBytes(6).toString('hex'),
    name,
    createdAt: new Date().toISOString(),
    networks: definition.networks.map(network => ({
      ...network,
      mac: createMac(),
      // Both can not listen at the same port of the host.
      ...('forwards' in network ? { forwards: [] } : {}),
    })) as MachineDefinition['networks'],
    checkpoints: [],
    checkpointsMade: 0,
    disks: definition.disks.map(({ backing: ___, ...disk }) => disk),
  };
}

export interface CloneOrder {
  /** The folder of the original. */
  readonly from: string;
  readonly clone: MachineDefinition;
  readonly linked: boolean;
}

/** Gives the clone its disks, and the variables of the original. */
export async function fillClone(
  { from, clone, linked }: CloneOrder,
  maker: DiskMaker,
  call: CallContext,
): Promise<MachineDefinition> {
  const disks: MachineDefinition['disks'] = [];
  for (const [index, disk] of clone.disks.entries()) {
    const base = { path: path.join(from, disk.file), format: 'qcow2' as const };
    if (linked) {
      await maker.create(disk.file, disk.sizeBytes, base);
      disks.push({ ...disk, backing: base });
    } else {
      const open = async () => ({ node: await describeSource(base.path, base.format), close: async () => {} });
      await maker.copy(disk.file, { ...base, files: [base.path], open }, fraction => {
        const done = (index + fraction) / clone.disks.length;
        call.progress({ fraction: done * 0.95, message: `copying ${disk.file}` });
      });
      disks.push(disk);
    }
  }
  if (clone.firmware === 'uefi') await maker.takeVariables(path.join(from, variablesFile));
  return { ...clone, disks };
}
