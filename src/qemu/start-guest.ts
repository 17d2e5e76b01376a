import { chmod, copyFile, realpath, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { getShortFolder } from '../host/local-pipe.ts';
import { isProcessAlive } from '../host/process-identity.ts';
import { asHostFault } from './as-host-fault.ts';
import type { BootPlan } from './boot-plan.ts';
import type { Engine } from './engine.ts';
import { findFirmware, requireUefi } from './find-firmware.ts';
import { describeFlash, type UefiFirmware } from './firmware/uefi-firmware.ts';
import { createOverlay, type OverlaySource } from './guest/create-overlay.ts';
import { describeDrives } from './guest/disk-devices.ts';
import { guestFiles } from './guest/guest-files.ts';
import { readGuestRecord } from './guest/machine-record.ts';
import { describeSource } from './guest/source-node.ts';
import type { Guest } from './guest.ts';
import { type LaunchOptions, launchGuest } from './launch-guest.ts';
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
  const { cdrom = false, bus, sectorSize } = plan;
  const drive = { id: 'disk0', bus, cdrom, bootIndex: 0, sectorSize };
  describeDrives(plan.machine, [drive]);
  await claimFolder(folder);
  try {
    const uefi =
      plan.firmware === 'uefi' ? (options.uefi ?? (await requireUefi(await findFirmware(engine)))) : undefined;
    const source = options.source ?? { node: await describeSource(plan.image.path, plan.image.format) };
    const node = cdrom ? source.node : await createOverlay(engine, plan, source, folder, signal);
    return {
      name: basename(folder),
      machine: plan.machine,
      memoryBytes: plan.memoryBytes,
      cpus: plan.cpus,
      accelerator: plan.accelerator,
      acceleratorOptions: plan.acceleratorOptions,
      cpu: plan.cpu,
      flash: uefi && describeFlash(uefi, await copyVariables(uefi, folder)),
      drives: [{ ...drive, node }],
      networks: listNetworks(plan),
      shares: [],
      shutdown: 'pause',
      attended: plan.attended ?? false,
      agent: plan.agent,
    };
  } catch (error) {
    await removeFiles(folder);
    throw explainFiles(error, folder);
  }
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
