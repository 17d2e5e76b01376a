import { Fault } from '../../errors/fault.ts';
import { isProcessStopped } from '../../host/process-identity.ts';
import type { Machine } from '../../model/machine.ts';
import { explainPause } from '../../qemu/guest/explain-pause.ts';
import type { GuestStatus } from '../../qemu/guest.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import type { DamagedMachine } from '../../qemu/machines/definition-files.ts';
import type { MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { type FoundMachine, findMachine, idOf, nameOf } from './find-machine.ts';
import { toMachineState } from './machine-state.ts';
import { formatNetwork } from './network-names.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';

export { findRecord, idOf, nameOf } from './find-machine.ts';

/** What QEMU says, or that it says nothing: `busy` talking to somebody else, `silent` where it should answer. */
type SeenStatus = GuestStatus | 'busy' | 'silent';

/** A throw-away machine by its record alone. */
export function presentMachine(record: GuestRecord, status: SeenStatus): Machine {
  return presentRunning({ name: nameOf(record), record }, record, status);
}

/** Asks the guest itself, through its owner in this process or its second channel. */
export async function readMachine(session: QemuSession, found: FoundMachine, signal?: AbortSignal): Promise<Machine> {
  const { name, definition, record, damaged } = found;
  if (record !== undefined) {
    const status = await readStatusOf(session, record, signal);
    if (status !== 'exited') return presentRunning(found, record, status, explain(session, record, status));
    // It ended just now: what is known about that is being written down.
    await session.find(record.folder)?.cleaned;
    return readMachine(session, await findMachine(session, idOf(name)), signal);
  }
  if (definition !== undefined) return presentStopped(definition);
  if (damaged !== undefined) return presentDamaged(damaged);
  return presentBroken(session, name);
}

function presentRunning(
  { name, definition }: FoundMachine,
  record: GuestRecord,
  status: SeenStatus,
  problem?: string,
): Machine {
  const networks = definition?.networks.map(formatNetwork);
  return {
    ...describe(name),
    state: status === 'busy' ? 'unknown' : status === 'silent' ? 'failed' : toMachineState(status),
    nativeState: status === 'silent' ? 'not responding' : status,
    cpus: record.cpus ?? definition?.cpus,
    memoryBytes: record.memoryBytes ?? definition?.memoryBytes,
    image: definition === undefined ? record.image.path : definition.source,
    networks,
    processId: record.process.pid,
    startedAt: record.startedAt,
    ...(problem === undefined ? {} : { problem, log: record.folder }),
  };
}

/** What is wrong with a machine that QEMU has stopped, or that says nothing. */
function explain(session: QemuSession, record: GuestRecord, status: SeenStatus): string | undefined {
  if (status === 'silent') return `QEMU (process ${record.process.pid}) does not answer.`;
  if (status === 'busy') return undefined;
  const events = session.find(record.folder)?.guest.events ?? [];
  const pause = explainPause({ status, events, folder: record.folder });
  return pause && `${pause.message} ${pause.remedy}`;
}

function presentStopped(definition: MachineDefinition): Machine {
  const { name, cpus, memoryBytes, source, networks, lastRun } = definition;
  const crashed = lastRun?.how === 'crashed';
  return {
    ...describe(name),
    state: crashed ? 'failed' : 'stopped',
    nativeState: crashed ? 'crashed' : 'off',
    cpus,
    memoryBytes,
    image: source,
    networks: networks.map(formatNetwork),
    ...(crashed ? { problem: lastRun.problem, log: lastRun.log } : {}),
  };
}

function presentDamaged({ name, file, problem }: DamagedMachine): Machine {
  return { ...describe(name), state: 'unknown', nativeState: 'damaged', problem, log: file };
}

function presentBroken(session: QemuSession, name: string): Machine {
  const end = session.broken.get(name);
  if (end === undefined) throw new Fault('not_found', `There is no QEMU machine "${name}".`);
  const { plan, problem, log } = end;
  return {
    ...describe(name),
    state: 'failed',
    nativeState: 'crashed',
    cpus: plan.cpus,
    memoryBytes: plan.memoryBytes,
    image: plan.image.path,
    problem,
    log,
  };
}

function describe(name: string) {
  return { id: idOf(name), provider: 'qemu', host: 'local', name, kind: 'vm' as const };
}

/** A QEMU that is busy is waited for no longer than this, in milliseconds: others are on the same list. */
const longestAnswer = 1500;

export async function readStatusOf(
  session: QemuSession,
  record: GuestRecord,
  signal?: AbortSignal,
): Promise<SeenStatus> {
  const kept = session.find(record.folder);
  if (kept?.guest.responding === false || (await isProcessStopped(record.process.pid))) return 'silent';
  const limit = AbortSignal.timeout(longestAnswer);
  const within = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    return await reachGuest(session, record, within, guest => guest.status(within));
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return 'exited';
    if (signal?.aborted) throw error;
    // One that does not answer must not keep the others from being listed.
    return 'busy';
  }
}
