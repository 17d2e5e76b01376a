import { chmod, copyFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelledFault, Fault } from '../errors/fault.ts';
import { createLocalPipe, getShortFolder, type LocalPipe } from '../host/local-pipe.ts';
import { identifyProcess, isProcessAlive } from '../host/process-identity.ts';
import { asHostFault } from './as-host-fault.ts';
import type { BootPlan } from './boot-plan.ts';
import type { Engine } from './engine.ts';
import { findFirmware, requireUefi } from './find-firmware.ts';
import type { UefiFirmware } from './firmware/uefi-firmware.ts';
import { buildArguments, type MachineParts } from './guest/build-arguments.ts';
import { createOverlay } from './guest/create-overlay.ts';
import { describeDisk } from './guest/disk-devices.ts';
import { guestFiles } from './guest/guest-files.ts';
import { explainLostChannel, type GuestProcess, startGuestProcess } from './guest/guest-process.ts';
import { readGuestRecord, writeGuestRecord } from './guest/machine-record.ts';
import { RunningGuest } from './guest/running-guest.ts';
import { serveVisitors } from './guest/serve-visitors.ts';
import { type BlockNode, describeSource } from './guest/source-node.ts';
import { explainStartFailure } from './guest/start-failure.ts';
import type { Guest } from './guest.ts';
import { connectQmp } from './qmp/connect-qmp.ts';
import type { QmpClient } from './qmp/qmp-client.ts';

export interface StartGuestOptions {
  /** A private folder for the machine's files, those of an earlier one are replaced. The caller removes it in the end. */
  readonly folder: string;
  /** Found by itself when left out. */
  readonly uefi?: UefiFirmware | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Loading QEMU takes long on a cold or busy host, in milliseconds. */
const startLimit = 60_000;

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
  const parts = await prepare(engine, plan, folder, options);
  const args = buildArguments(plan, parts);
  const guestProcess = await startGuestProcess(engine.system, args, folder).catch(async (error: unknown) => {
    await removeFiles(folder);
    throw error;
  });
  try {
    const visitor = parts.visitor ?? (await createLocalPipe(folder, 'visitor'));
    const qmp = await connect(guestProcess, plan, parts.owner, signal);
    const guest = new RunningGuest(guestProcess, qmp, plan);
    if (!parts.visitor) await openRelay(guest, visitor, qmp);
    await record(engine, guest, visitor);
    await qmp.execute('cont', {}, signal);
    return guest;
  } catch (error) {
    guestProcess.kill();
    await guestProcess.exited;
    await removeFiles(folder);
    throw signal?.aborted ? cancelledFault(signal, `Starting ${plan.image.path}`) : explainFiles(error, folder);
  }
}

async function prepare(
  engine: Engine,
  plan: BootPlan,
  folder: string,
  options: StartGuestOptions,
): Promise<MachineParts> {
  const { signal } = options;
  describeDisk(plan);
  await claimFolder(folder);
  try {
    const uefi =
      plan.firmware === 'uefi' ? (options.uefi ?? (await requireUefi(await findFirmware(engine)))) : undefined;
    if (uefi) await copyVariables(uefi, folder);
    const source = await describeSource(plan.image.path, plan.image.format);
    const disk: BlockNode = plan.cdrom
      ? { ...source, 'node-name': 'disk' }
      : await createOverlay(engine, plan, source, folder, signal);
    const owner = await createLocalPipe(folder, 'owner');
    const visitor = owner.kind === 'socket' ? await createLocalPipe(folder, 'visitor') : undefined;
    return { version: engine.version, disk, uefi, owner, visitor };
  } catch (error) {
    await removeFiles(folder);
    throw explainFiles(error, folder);
  }
}

function explainFiles(error: unknown, folder: string): Fault {
  return asHostFault(error, `The files of the machine could not be made in ${folder}.`);
}

/** Clears what an earlier machine left, unless it still runs. */
async function claimFolder(folder: string): Promise<void> {
  const found = await readGuestRecord(folder);
  if (found && (await isProcessAlive(found.process))) {
    throw new Fault('conflict', `The folder ${folder} belongs to a machine that still runs.`, {
      data: { folder, pid: found.process.pid },
    });
  }
  await removeFiles(folder);
}

async function copyVariables({ vars }: UefiFirmware, folder: string): Promise<void> {
  const copy = join(folder, guestFiles.variables);
  await copyFile(vars, copy);
  await chmod(copy, 0o600);
}

async function connect(
  guestProcess: GuestProcess,
  plan: BootPlan,
  owner: LocalPipe,
  signal?: AbortSignal,
): Promise<QmpClient> {
  const explainLoss = () => explainLostChannel(guestProcess);
  const hasEnded = () => guestProcess.exit !== undefined;
  try {
    return await connectQmp(owner.path, { connectMs: startLimit, explainLoss, hasEnded }, signal);
  } catch (error) {
    const { exit } = guestProcess;
    if (!exit || signal?.aborted) throw error;
    throw explainStartFailure(plan, {
      program: 'qemu-system-x86_64',
      exitCode: exit.code,
      signal: exit.signal,
      stderr: exit.stderr,
    });
  }
}

async function openRelay(guest: Guest, visitor: LocalPipe, qmp: QmpClient): Promise<void> {
  const server = await serveVisitors(visitor.path, qmp);
  void guest.exited.then(() => server.close());
}

async function record(engine: Engine, guest: Guest, visitor: LocalPipe): Promise<void> {
  const { folder, plan, pid, startedAt } = guest;
  await writeGuestRecord({
    folder,
    process: await identifyProcess(pid),
    owner: await identifyProcess(process.pid),
    startedAt: startedAt.toISOString(),
    image: plan.image,
    machine: plan.machine,
    accelerator: plan.accelerator,
    engine: { system: engine.system, version: engine.version.text },
    visitor: visitor.path,
  });
}

async function removeFiles(folder: string): Promise<void> {
  const names = ['owner.sock', 'visitor.sock', ...Object.values(guestFiles)];
  await Promise.all(names.map(name => rm(join(folder, name), { force: true })));
  await rm(getShortFolder(folder), { recursive: true, force: true });
}

function checkSizes({ memoryBytes, cpus }: BootPlan): void {
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 16 * 1024 * 1024) {
    throw new Fault('invalid', `A machine cannot have ${memoryBytes} bytes of memory.`, {
      data: { field: 'memoryBytes' },
    });
  }
  if (!Number.isSafeInteger(cpus) || cpus < 1 || cpus > 64) {
    throw new Fault('invalid', `A machine cannot have ${cpus} processors.`, { data: { field: 'cpus' } });
  }
}
