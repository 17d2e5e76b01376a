import { randomBytes } from 'node:crypto';
import type { ToolInput } from '../../catalog/types.ts';
import { inspectImage } from '../../disk/inspect-image.ts';
import { Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { Firmware } from '../../model/image.ts';
import type { Machine } from '../../model/machine.ts';
import type { Engine } from '../../qemu/engine.ts';
import { readCapabilities } from '../../qemu/engine-capabilities.ts';
import { findEngine } from '../../qemu/find-engine.ts';
import { findFirmware, requireUefi } from '../../qemu/find-firmware.ts';
import type { MachineDefinition, MachineDisk } from '../../qemu/machines/machine-definition.ts';
import { type SeenImage, seeImage } from './base-images.ts';
import { checkDisc, checkForwards, checkShares, requireSharing } from './check-hardware.ts';
import { findMachine, idOf } from './find-machine.ts';
import { describeBase, lookOverSource, openReadable, type Source } from './image/open-source.ts';
import { type DiskMaker, makeDisks } from './machine-disks.ts';
import { parseNetwork } from './network-names.ts';
import { readMachine } from './present-machine.ts';
import type { QemuSession } from './session.ts';

type Input = ToolInput<'vm.create'>;

const defaultDiskBytes = 20 * 2 ** 30;
const file = 'disk0.qcow2';

/** Makes a machine that is kept: with a disk of its own, whose content may come from an image. */
export async function createMachine(
  session: QemuSession,
  input: Input,
  call: CallContext,
): Promise<{ machine: Machine; warnings: string[] }> {
  const { signal } = call;
  const order = await prepareMachine(session, input, signal);
  const { engine, source } = order;
  const build = (folder: string) => fillMachine(session, order, makeDisks(engine, folder, signal), call);
  await session.store.create(order.definition, build, signal);
  const machine = await readMachine(session, await findMachine(session, idOf(input.name)), signal);
  return { machine, warnings: [...(source?.warnings ?? [])] };
}

/** What is to be made. */
export interface MachineOrder {
  readonly engine: Engine;
  readonly definition: MachineDefinition;
  readonly source: Source | undefined;
}

/** Decides what the machine is made of; refuses all but what only the making shows. */
export async function prepareMachine(session: QemuSession, input: Input, signal: AbortSignal): Promise<MachineOrder> {
  const { forwards = [], shares = [], iso, linked } = input;
  if (linked && input.image === undefined) {
    throw new Fault('invalid', 'There is no image that the disk could stand on.', {
      remedy: 'Name one with "image", or leave "linked" out.',
      data: { field: 'linked' },
    });
  }
  checkForwards(forwards);
  const networks = parseNetwork(input.network ?? 'user', forwards);
  const hardware = {
    cdrom: iso === undefined ? null : await checkDisc(iso),
    shares: await checkShares(shares),
  };
  const source =
    input.image === undefined
      ? undefined
      : await lookOverSource(session, { image: input.image, format: input.format }, 'image', signal);
  if (linked && source !== undefined) await describeBase(source, 'image');
  const sizeBytes = chooseSize(input.diskBytes, source);
  const engine = await findEngine(session.environment.engine, signal);
  if (shares.length > 0)
    requireSharing((await readCapabilities(engine, session.environment.paths.cache, signal)).ninep);
  const firmware = await chooseFirmware(session, engine, input, source, signal);
  const seen = linked && source !== undefined ? await seeImage(source.path) : undefined;
  const definition = define(input, { source, seen, sizeBytes, firmware, networks, ...hardware });
  return { engine, definition, source };
}

interface Parts extends Pick<MachineDefinition, 'cdrom' | 'firmware' | 'networks' | 'shares'> {
  readonly source: Source | undefined;
  readonly seen: SeenImage | undefined;
  readonly sizeBytes: number;
}

function define(input: Input, { source, seen, sizeBytes, ...parts }: Parts): MachineDefinition {
  const disk: MachineDisk = {
    file,
    bus: input.bus,
    sizeBytes,
    ...(source?.sectorSize === 4096 ? { sectorSize: 4096 } : {}),
    ...(input.linked && source ? { backing: { path: source.path, format: source.format, seen } } : {}),
  };
  return {
    version: 1,
    id: randomBytes(6).toString('hex'),
    name: input.name,
    createdAt: new Date().toISOString(),
    machine: input.bus === 'ide' ? 'pc' : 'q35',
    cpus: input.cpus,
    memoryBytes: input.memoryBytes,
    accelerator: input.accelerator ?? 'auto',
    disks: [disk],
    ...parts,
    outlives: input.lifetime === 'host',
    checkpoints: [],
    checkpointsMade: 0,
    ...(source === undefined ? {} : { source: source.path }),
  };
}

/** Gives a new machine its disk and its variables. */
export async function fillMachine(
  session: QemuSession,
  { engine, definition, source }: MachineOrder,
  disks: DiskMaker,
  { signal, progress }: CallContext,
): Promise<MachineDefinition> {
  const [disk] = definition.disks;
  if (disk === undefined) throw new TypeError('A new machine has a disk.');
  if (source === undefined || disk.backing !== undefined) {
    await disks.create(disk.file, disk.sizeBytes, disk.backing);
  } else {
    const open = (runRoot = session.runRoot) => openReadable(source, { engine, runRoot, signal });
    await disks.copy(disk.file, { ...source, files: [source.path, ...source.parents], open }, (fraction, total) => {
      const message = `copying ${source.path}: ${mebibytes(fraction * total)} of about ${mebibytes(total)} MiB`;
      progress({ fraction: fraction * 0.95, message });
    });
    if (disk.sizeBytes > source.virtualSize) await disks.grow(disk.file, disk.sizeBytes);
  }
  if (definition.firmware === 'uefi') {
    await disks.createVariables(await requireUefi(await findFirmware(engine, session.environment.engine)));
  }
  return definition;
}

function chooseSize(asked: number | undefined, source: Source | undefined): number {
  if (source === undefined) return roundUp(asked ?? defaultDiskBytes);
  if (asked === undefined) return source.virtualSize;
  if (asked >= source.virtualSize) return roundUp(asked);
  throw new Fault(
    'invalid',
    `The image holds a disk of ${source.virtualSize} bytes, more than the new one was to have.`,
    {
      remedy: 'Leave "diskBytes" out, or name a larger size.',
      data: { field: 'diskBytes', least: source.virtualSize },
    },
  );
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 512) * 512;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** What the disk asks for; a machine without an image gets UEFI where there is one, as systems of today expect. */
async function chooseFirmware(
  session: QemuSession,
  engine: Engine,
  input: Input,
  source: Source | undefined,
  signal: AbortSignal,
): Promise<Firmware> {
  const found = await findFirmware(engine, session.environment.engine);
  if (input.firmware === 'uefi') await requireUefi(found);
  if (input.firmware !== 'auto') return input.firmware;
  if (source === undefined) return found.uefi && input.bus !== 'ide' ? 'uefi' : 'bios';
  const inspection = await inspectImage(source.path, { format: source.format, signal });
  const needed = inspection.firmware ?? (inspection.partitionTable === 'gpt' && found.uefi ? 'uefi' : 'bios');
  if (needed === 'uefi') await requireUefi(found);
  return needed;
}
