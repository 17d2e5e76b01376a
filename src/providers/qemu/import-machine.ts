import { randomBytes } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { findFirmware, requireUefi } from '../../qemu/find-firmware.ts';
import { describeDrives } from '../../qemu/guest/disk-devices.ts';
import { discBus } from '../../qemu/machines/describe-machine.ts';
import type { ExportManifest } from '../../qemu/machines/export-manifest.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { findMachine, idOf } from './find-machine.ts';
import { readMachine } from './present-machine.ts';
import type { QemuSession } from './session.ts';
import { chooseNetworks } from './transfer/choose-networks.ts';
import { fillFromExport, type ImportOrder } from './transfer/fill-from-export.ts';
import { readManifest } from './transfer/read-manifest.ts';

/** Makes a machine from an export; whoever wrote it may open nothing on this host but the disks in its folder. */
export async function importMachine(
  session: QemuSession,
  input: ToolInput<'vm.import'>,
  call: CallContext,
): Promise<ToolOutput<'vm.import'>> {
  const { signal } = call;
  const { order, warnings } = await prepareImport(session, input, signal);
  const { definition } = order;
  const more: string[] = [];
  const build = (target: string) => fillFromExport({ ...order, target, warnings: more }, call);
  await session.store.create(definition, build, signal);
  const machine = await readMachine(session, await findMachine(session, idOf(definition.name)), signal);
  return { machine, warnings: [...warnings, ...more] };
}

/** Reads the export and decides what comes of it; refuses all but what only the copying shows. */
export async function prepareImport(
  session: QemuSession,
  input: ToolInput<'vm.import'>,
  signal: AbortSignal,
): Promise<{ order: Omit<ImportOrder, 'target' | 'warnings'>; warnings: string[] }> {
  const folder = await findFolder(input.source);
  const manifest = await readManifest(folder);
  const name = input.name ?? manifest.name;
  const engine = await findEngine(session.environment.engine, signal);
  const uefi =
    manifest.firmware === 'uefi'
      ? await requireUefi(await findFirmware(engine, session.environment.engine))
      : undefined;
  const known = await session.store.list();
  const { networks, warnings } = chooseNetworks(manifest, known, name);
  const definition = define(manifest, name, networks);
  checkDrives(definition);
  return { order: { engine, uefi, manifest, definition, source: folder }, warnings };
}

async function findFolder(raw: string): Promise<string> {
  const folder = path.resolve(raw);
  const found = await stat(folder).catch((cause: unknown) => {
    throw new Fault('not_found', `There is no folder ${folder}.`, { data: { field: 'source', path: folder }, cause });
  });
  if (!found.isDirectory()) {
    throw new Fault('invalid', `${folder} is not a folder.`, {
      remedy: 'Name the folder that vm.export made; vm.create makes a machine from a disk image alone.',
      data: { field: 'source', path: folder },
    });
  }
  return process.platform === 'win32' ? folder : realpath(folder);
}

function define(manifest: ExportManifest, name: string, networks: MachineDefinition['networks']): MachineDefinition {
  const { firmware, machine, cpus, memoryBytes, disks } = manifest;
  return {
    version: 1,
    id: randomBytes(6).toString('hex'),
    name,
    createdAt: new Date().toISOString(),
    firmware,
    machine,
    cpus,
    memoryBytes,
    accelerator: 'auto',
    disks: disks.map(({ bus, sectorSize }, index) => ({
      file: `disk${index}.qcow2`,
      bus,
      // Read from the disk itself once it is here.
      sizeBytes: 0,
      ...(sectorSize === 4096 ? { sectorSize } : {}),
    })),
    cdrom: null,
    networks,
    shares: [],
    outlives: false,
    checkpoints: [],
    checkpointsMade: 0,
  };
}

/** What could never be started is refused before anything is copied. */
function checkDrives(definition: MachineDefinition): void {
  const { machine, disks } = definition;
  const drives = disks.map(({ bus, sectorSize }, index) => ({ id: `disk${index}`, bus, sectorSize, cdrom: false }));
  try {
    describeDrives(machine, [...drives, { id: 'cd0', bus: discBus(definition), cdrom: true }]);
  } catch (error) {
    throw error instanceof Fault ? error.with({ data: { ...error.data, field: 'source' } }) : error;
  }
}
