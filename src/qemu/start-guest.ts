import { chmod, copyFile, realpath, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { getShortFolder } from '../host/local-pipe.ts';
import { isProcessAlive } from '../host/process-identity.ts';
import { type PlanStep, runFolderName } from '../model/plan.ts';
import { asHostFault } from './as-host-fault.ts';
import type { BootPlan } from './boot-plan.ts';
import type { Engine } from './engine.ts';
import { findFirmware, requireUefi } from './find-firmware.ts';
import { describeFlash, type UefiFirmware } from './firmware/uefi-firmware.ts';
import {
  createOverlay,
  describeOverlay,
  measureSource,
  type OverlaySource,
  overlayArguments,
} from './guest/create-overlay.ts';
import { describeDrives } from './guest/disk-devices.ts';
import { guestFiles } from './guest/guest-files.ts';
import { readGuestRecord } from './guest/machine-record.ts';
import { type BlockNode, describeSource } from './guest/source-node.ts';
import type { Guest } from './guest.ts';
import { describeLaunch, type LaunchOptions, launchGuest } from './launch-guest.ts';
import type { MachineSpec, NetworkSpec } from './machine-spec.ts';

export interface StartGuestOptions extends Pick<LaunchOptions, 'onProcess' | 'outlives' | 'signal'> {
  /** A private folder for the machine's files, those of an earlier one are replaced. The caller removes it in the end. */
  readonly folder: string;
  /** The image, opened by somebody else; by QEMU itself when left out. */
  readonly source?: OverlaySource | undefined;
  /** Found by itself when left out. */
  readonly uefi?: UefiFirmware | undefined;
}

/**
 * Starts a machine with the plan's image, which is opened for reading only; all writes go to a throw-away file in
 * `folder`. Returns when the guest runs. Faults: `not_found`, `denied`, `invalid`, `unsupported`, `conflict` (locked),
 * `unavailable` (no UEFI firmware), `host_fault` (memory, accelerator, a QEMU that ends for reasons of its own),
 * `cancelled`. After a Fault the process is gone.
 */
export async function startGuest(engine: Engine, plan: BootPlan, options: StartGuestOptions): Promise<Guest> {
  const { signal } = options;
  if (signal?.aborted) throw cancelledFault(signal, `Starting ${plan.image.path}`);
  checkSizes(plan);
  const folder = await realpath(options.folder).catch((error: unknown) => {
    throw explainFiles(error, options.folder);
  });
  const spec = await prepare(engine, plan, folder, options);
  try {
    return await launchGuest(engine, spec, { ...options, folder, plan });
  } catch (error) {
    await removeFiles(folder);
    throw signal?.aborted ? cancelledFault(signal, `Starting ${plan.image.path}`) : explainFiles(error, folder);
  }
}

async function prepare(
  engine: Engine,
  plan: BootPlan,
  folder: string,
  options: StartGuestOptions,
): Promise<MachineSpec> {
  const { signal } = options;
  const { cdrom = false } = plan;
  describeDrives(plan.machine, [describeDrive(plan)]);
  await claimFolder(folder);
  try {
    const uefi =
      plan.firmware === 'uefi' ? (options.uefi ?? (await requireUefi(await findFirmware(engine)))) : undefined;
    const source = options.source ?? { node: await describeSource(plan.image.path, plan.image.format) };
    const node = cdrom ? source.node : await createOverlay(engine, plan, source, folder, signal);
    const flash = uefi && describeFlash(uefi, await copyVariables(uefi, folder));
    return describeSpec(plan, basename(folder), node, flash);
  } catch (error) {
    await removeFiles(folder);
    throw explainFiles(error, folder);
  }
}

function describeDrive({ cdrom = false, bus, sectorSize }: BootPlan) {
  return { id: 'disk0', bus, cdrom, bootIndex: 0, sectorSize };
}

/** The machine of a plan, when its disk and the firmware's variables have their places. */
function describeSpec(plan: BootPlan, name: string, node: BlockNode, flash: MachineSpec['flash']): MachineSpec {
  return {
    name,
    machine: plan.machine,
    memoryBytes: plan.memoryBytes,
    cpus: plan.cpus,
    accelerator: plan.accelerator,
    acceleratorOptions: plan.acceleratorOptions,
    cpu: plan.cpu,
    flash,
    drives: [{ ...describeDrive(plan), node }],
    networks: listNetworks(plan),
    shares: [],
    shutdown: 'pause',
    attended: plan.attended ?? false,
    agent: plan.agent,
  };
}

/** What `startGuest` would do, without doing it. The folder is one that only the start makes. */
export async function planGuest(
  engine: Engine,
  plan: BootPlan,
  { source, uefi, signal }: Pick<StartGuestOptions, 'source' | 'uefi' | 'signal'>,
): Promise<PlanStep[]> {
  checkSizes(plan);
  describeDrives(plan.machine, [describeDrive(plan)]);
  const { cdrom = false } = plan;
  const disk = source ?? { node: await describeSource(plan.image.path, plan.image.format) };
  const size = cdrom ? 0 : await measureSource(engine, plan, disk, signal);
  const flash = uefi && describeFlash(uefi, guestFiles.variables);
  const node = cdrom ? disk.node : describeOverlay(disk, runFolderName);
  const spec = describeSpec(plan, runFolderName, node, flash);
  const { args } = await describeLaunch(engine, spec, { folder: runFolderName });
  const variables = join(runFolderName, guestFiles.variables);
  return [
    { summary: 'Make a private folder for the machine.', file: { action: 'create', path: runFolderName } },
    ...(cdrom
      ? []
      : [{ summary: 'Make the file that takes all writes.', command: [engine.img, ...overlayArguments(size)] }]),
    ...(uefi ? [{ summary: `Copy ${uefi.vars}.`, file: { action: 'create' as const, path: variables } }] : []),
    { summary: `Start QEMU with ${plan.accelerator}.`, command: [engine.system, ...args.map(hidePipe)] },
    { summary: 'Let the guest run.', request: { to: 'QMP of the new machine', body: { execute: 'cont' } } },
  ];
}

/** Pipes of Windows have names that nobody can guess, each time another. */
export function hidePipe(word: string): string {
  return word.replaceAll(/vmbridge-[0-9a-f]{8}-[0-9a-f-]{27}/g, '<pipe>');
}

function listNetworks({ network, virtioCard }: BootPlan): NetworkSpec[] {
  if (network === 'none') return [];
  const second = { kind: 'restricted', forwards: [], virtio: true, subnet: '10.0.3.0/24' } as const;
  return [{ kind: 'restricted', forwards: [] }, ...(virtioCard ? [second] : [])];
}

function explainFiles(error: unknown, folder: string): Fault {
  return asHostFault(error, `The files of the machine could not be made in ${folder}.`);
}

/** Clears what an earlier machine left, unless it still runs. */
async function claimFolder(folder: string): Promise<void> {
  const found = await readGuestRecord(folder);
  if (found && (await isProcessAlive(found.process))) {
    throw new Fault('conflict', `The folder ${folder} belongs to a machine that still runs.`, {
      remedy: 'Stop that machine first.',
      data: { folder, pid: found.process.pid },
    });
  }
  await removeFiles(folder);
}

async function copyVariables({ vars }: UefiFirmware, folder: string): Promise<string> {
  const copy = join(folder, guestFiles.variables);
  await copyFile(vars, copy);
  await chmod(copy, 0o600);
  return guestFiles.variables;
}

/** Of QEMU alone: the folder may hold more, such as the socket by which the image is read. */
async function removeFiles(folder: string): Promise<void> {
  const sockets = ['owner.sock', 'visitor.sock', 'agent.sock'];
  const short = getShortFolder(folder);
  const files = [
    ...[...sockets, ...Object.values(guestFiles)].map(name => join(folder, name)),
    ...sockets.map(name => join(short, name)),
  ];
  await Promise.all(files.map(file => rm(file, { force: true })));
  await rmdir(short).catch(() => {});
}

function checkSizes({ memoryBytes, cpus }: BootPlan): void {
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 16 * 1024 * 1024) {
    throw new Fault('invalid', `A machine cannot have ${memoryBytes} bytes of memory.`, {
      remedy: 'Ask for 64 MiB or more.',
      data: { field: 'memoryBytes' },
    });
  }
  if (!Number.isSafeInteger(cpus) || cpus < 1 || cpus > 64) {
    throw new Fault('invalid', `A machine cannot have ${cpus} processors.`, {
      remedy: 'Ask for 1 to 64.',
      data: { field: 'cpus' },
    });
  }
}
