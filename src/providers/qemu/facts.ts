import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { MachineFacts } from '../../model/conflict.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { idOf } from './find-machine.ts';
import type { QemuSession } from './session.ts';

/** Disks and addresses of machines that are kept. A throw-away one writes to a file of its own and has no lasting address. */
export async function machineFacts(session: QemuSession, machines: readonly string[]): Promise<MachineFacts[]> {
  const { definitions, damaged } = await session.store.listAll();
  const known = new Map(definitions.map(definition => [idOf(definition.name), definition]));
  const broken = new Map(damaged.map(({ name, problem }) => [idOf(name), problem]));
  return Promise.all(
    machines.map(async id => {
      const definition = known.get(id);
      if (definition !== undefined) return factsOf(session.store.folderOf(definition.id), id, definition);
      const problem = broken.get(id);
      return { id, disks: [], macs: [], ...(problem === undefined ? {} : { problem }) };
    }),
  );
}

async function factsOf(folder: string, id: string, { disks, networks }: MachineDefinition): Promise<MachineFacts> {
  const files = disks.map(({ file }) => path.join(folder, file));
  return {
    id,
    // A link of one machine may lead to the disk of another.
    disks: await Promise.all(files.map(file => realpath(file).catch(() => file))),
    macs: networks.map(({ mac }) => mac.toUpperCase()),
  };
}
