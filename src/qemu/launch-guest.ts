import { cancelledFault, Fault } from '../errors/fault.ts';
import { createLocalPipe, type LocalPipe } from '../host/local-pipe.ts';
import { identifyProcess, type ProcessIdentity } from '../host/process-identity.ts';
import type { GuestPlan } from './boot-plan.ts';
import type { Engine } from './engine.ts';
import { buildArguments } from './guest/build-arguments.ts';
import { explainLostChannel, type GuestProcess, startGuestProcess } from './guest/guest-process.ts';
import { writeGuestRecord } from './guest/machine-record.ts';
import { nameHolders } from './guest/name-holders.ts';
import { explainNetworkFailure } from './guest/network-failure.ts';
import { power } from './guest/power.ts';
import { RunningGuest } from './guest/running-guest.ts';
import { describeScreen } from './guest/screen-arguments.ts';
import { serveVisitors } from './guest/serve-visitors.ts';
import { explainStartFailure } from './guest/start-failure.ts';
import type { Guest } from './guest.ts';
import type { MachineSpec } from './machine-spec.ts';
import { connectQmp } from './qmp/connect-qmp.ts';
import type { QmpClient } from './qmp/qmp-client.ts';

export interface LaunchOptions {
  /** The real path of a private folder for the machine's files. */
  readonly folder: string;
  readonly plan: GuestPlan;
  /** The machine goes on when this process ends, however it ends. */
  readonly outlives?: boolean | undefined;
  /** Id of the machine that is kept and was started here; absent for a throw-away one. */
  readonly definition?: string | undefined;
  /** Told which process to end should this one be killed before the guest runs. */
  readonly onProcess?: ((identity: ProcessIdentity) => void) | undefined;
  /** Done before the guest's first step, when its channel is open. */
  readonly prepare?: ((qmp: QmpClient) => Promise<void>) | undefined;
  /** False for a QEMU that was built without VNC. */
  readonly remoteScreen?: boolean | undefined;
  /** Leave the guest standing at its first step. */
  readonly paused?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Loading QEMU takes long on a cold or busy host, in milliseconds. */
const startLimit = 60_000;
interface Channels {
  readonly owner: LocalPipe;
  /** Served by QEMU, or by this process where QEMU can not. */
  readonly visitor: LocalPipe;
  /** Absent where QEMU serves one client ever, who would have to stay. */
  readonly agent: LocalPipe | undefined;
}

/**
 * Starts a QEMU for a machine and returns when the guest runs. Faults: as `startGuest`, and `conflict` for a port or a
 * socket in use. After a Fault the process is gone; files stay for the caller to remove.
 */
export async function launchGuest(engine: Engine, spec: MachineSpec, options: LaunchOptions): Promise<Guest> {
  refuseOutliving(options.outlives);
  return launchOnce(engine, spec, options);
}

/** QEMU's pipes on Windows serve one client ever: nobody could reach a machine whose first client is gone. */
export function refuseOutliving(outlives: boolean | undefined): void {
  if (outlives !== true || process.platform !== 'win32') return;
  throw new Fault('unsupported', 'On Windows a machine can not outlive the vmbridge that started it.', {
    remedy: 'Keep a server running for it: vmbridge serve.',
    data: { field: 'outlive' },
  });
}

async function createChannels(spec: MachineSpec, folder: string): Promise<Channels> {
  const owner = await createLocalPipe(folder, 'owner');
  const visitor = await createLocalPipe(folder, 'visitor');
  const hasAgent = (spec.attended || spec.agent === true) && owner.kind === 'socket';
  return { owner, visitor, agent: hasAgent ? await createLocalPipe(folder, 'agent') : undefined };
}

/** QEMU's arguments for a machine whose files are in `folder`, and the channels among them. */
export async function describeLaunch(
  engine: Engine,
  spec: MachineSpec,
  { folder, remoteScreen }: Pick<LaunchOptions, 'folder' | 'remoteScreen'>,
): Promise<{ readonly args: string[]; readonly channels: Channels }> {
  const channels = await createChannels(spec, folder);
  const screen = spec.attended && remoteScreen !== false ? await describeScreen(folder) : [];
  const { owner, agent } = channels;
  const visitor = owner.kind === 'socket' ? channels.visitor : undefined;
  return { args: buildArguments(spec, { version: engine.version, owner, visitor, agent, screen }), channels };
}

async function launchOnce(engine: Engine, spec: MachineSpec, options: LaunchOptions): Promise<Guest> {
  const { folder, plan, signal, outlives = false } = options;
  if (signal?.aborted) throw cancelledFault(signal, `Starting ${plan.image.path}`);
  const { args, channels } = await describeLaunch(engine, spec, options);
  const { owner, agent } = channels;
  const guestProcess = await startGuestProcess(engine.system, args, { folder, outlives });
  try {
    const identity = await identifyProcess(guestProcess.pid);
    options.onProcess?.(identity);
    const qmp = await connect(guestProcess, options, owner);
    const guest = new RunningGuest(guestProcess, qmp, plan, { agentPath: agent?.path });
    if (owner.kind === 'pipe') await openRelay(guest, channels.visitor, qmp);
    await writeRecord(engine, spec.name, guest, identity, channels, options);
    await options.prepare?.(qmp);
    if (options.paused !== true) await power.goOn(qmp, signal);
    return guest;
  } catch (error) {
    guestProcess.kill();
    await guestProcess.exited;
    throw signal?.aborted ? cancelledFault(signal, `Starting ${plan.image.path}`) : error;
  }
}

async function connect(
  guestProcess: GuestProcess,
  { plan, signal }: LaunchOptions,
  owner: LocalPipe,
): Promise<QmpClient> {
  const explainLoss = () => explainLostChannel(guestProcess);
  const hasEnded = () => guestProcess.exit !== undefined;
  try {
    return await connectQmp(owner.path, { connectMs: startLimit, explainLoss, hasEnded }, signal);
  } catch (error) {
    const { exit } = guestProcess;
    if (!exit || signal?.aborted) throw error;
    const failure = {
      program: 'qemu-system-x86_64',
      exitCode: exit.code,
      signal: exit.signal,
      stderr: exit.stderr,
    };
    throw explainNetworkFailure(failure) ?? (await nameHolders(explainStartFailure(plan, failure)));
  }
}

async function openRelay(guest: Guest, visitor: LocalPipe, qmp: QmpClient): Promise<void> {
  const server = await serveVisitors(visitor.path, qmp);
  void guest.exited.then(() => server.close());
}

async function writeRecord(
  engine: Engine,
  name: string,
  guest: Guest,
  identity: ProcessIdentity,
  channels: Channels,
  { definition, outlives = false }: LaunchOptions,
): Promise<void> {
  const { folder, plan, startedAt } = guest;
  await writeGuestRecord({
    folder,
    name,
    process: identity,
    owner: await identifyProcess(process.pid),
    startedAt: startedAt.toISOString(),
    image: plan.image,
    machine: plan.machine,
    accelerator: plan.accelerator,
    cpus: plan.cpus,
    memoryBytes: plan.memoryBytes,
    engine: { system: engine.system, version: engine.version.text },
    ownerChannel: channels.owner.path,
    visitor: channels.visitor.path,
    ...(channels.agent !== undefined ? { agent: channels.agent.path } : {}),
    ...(definition === undefined ? {} : { definition }),
    outlives,
  });
}
