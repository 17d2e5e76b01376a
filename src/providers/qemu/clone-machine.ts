import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
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
import { copyDisk, createDisk } from './machine-disks.ts';
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
    const { current: _, lastRun: __, pending: ____, ...rest } = definition;
    const clone: MachineDefinition = {
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
    await session.store.create(clone, folder => fill(session, definition, clone, linked, folder, call), signal);
  });
  return { machine: await readMachine(session, await findMachine(session, idOf(name)), signal) };
}

async function fill(
  session: QemuSession,
  original: MachineDefinition,
  clone: MachineDefinition,
  linked: boolean,
  folder: string,
  call: CallContext,
): Promise<MachineDefinition> {
  const { signal } = call;
  const engine = await findEngine(session.environment.engine, signal);
  const from = session.store.folderOf(original.id);
  const disks: MachineDefinition['disks'] = [];
  for (const [index, disk] of clone.disks.entries()) {
    const source = path.join(from, disk.file);
    const work = { engine, folder, file: disk.file, signal };
    if (linked) {
      const backing = { path: source, format: 'qcow2' as const };
      await createDisk(work, disk.sizeBytes, backing);
      disks.push({ ...disk, backing });
    } else {
      const node = await describeSource(source, 'qcow2');
      await copyDisk(work, { path: source, format: 'qcow2', node, files: [source] }, fraction => {
        const done = (index + fraction) / clone.disks.length;
        call.progress({ fraction: done * 0.95, message: `copying ${disk.file}` });
      });
      disks.push(disk);
    }
  }
  if (clone.firmware === 'uefi') await copyFile(path.join(from, variablesFile), path.join(folder, variablesFile));
  return { ...clone, disks };
}
