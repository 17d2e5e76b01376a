import { Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import { createRunFolder, type RunFolder } from '../../host/run-folder.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { nameRunFolder } from '../../proof/name-run-folder.ts';
import { power } from '../../qemu/guest/power.ts';
import type { Guest } from '../../qemu/guest.ts';
import type { KeptCheckpoint, MachineDefinition } from '../../qemu/machines/machine-definition.ts';
import { type StartMachineOptions, startMachine as start } from '../../qemu/machines/start-machine.ts';
import { settlePending } from './checkpoints/settle-pending.ts';
import { type FoundMachine, findKept, findMachine, idOf } from './find-machine.ts';
import { outlivesCall, prepareStart } from './prepare-start.ts';
import { readMachine } from './present-machine.ts';
import { reachGuest } from './reach-guest.ts';
import type { KeepOptions, QemuSession } from './session.ts';

export interface StartResult {
  readonly machine: Machine;
  readonly warnings: string[];
}

export async function startMachine(
  session: QemuSession,
  { vm, outlive }: { readonly vm: string; readonly outlive: boolean },
  call: CallContext,
): Promise<StartResult> {
  const found = await findMachine(session, vm);
  const isPending = found.definition?.pending !== undefined;
  if (found.record !== undefined && !isPending) return { machine: await letRun(session, found, call), warnings: [] };
  const kept = await findKept(session, vm);
  return session.store.exclusively(kept.definition, call.signal, async () => {
    // Somebody may have started it while the lock was waited for.
    const now = await settlePending(session, vm);
    if (now.record !== undefined) return { machine: await letRun(session, now, call), warnings: [] };
    const warnings = await startStopped(session, now.definition, call, { outlive });
    return { machine: await readMachine(session, await findMachine(session, vm), call.signal), warnings };
  });
}

export interface StartDetails {
  readonly outlive?: boolean;
  readonly hardware?: KeptCheckpoint['hardware'];
  readonly prepare?: StartMachineOptions['prepare'];
}

/** Starts a machine that is stopped; the caller has it to itself. Returns warnings. */
export async function startStopped(
  session: QemuSession,
  definition: MachineDefinition,
  call: CallContext,
  { outlive = false, hardware, prepare }: StartDetails,
): Promise<string[]> {
  const { store } = session;
  const { signal } = call;
  const circumstances = { call, hardware, remember: true };
  const { engine, settings, choice, remoteScreen, changed } = await prepareStart(session, definition, circumstances);
  call.progress({ fraction: 0.5, message: 'starting the machine' });
  const outlives = outlivesCall(definition, outlive, call);
  const folder = await createRunFolder(session.runRoot, nameRunFolder(definition.name));
  try {
    const { guest, warnings } = await start(engine, definition, {
      machineFolder: store.folderOf(definition.id),
      runFolder: folder.path,
      settings,
      choice,
      outlives,
      remoteScreen,
      onProcess: identity => folder.addProcess(identity),
      hardware,
      prepare,
      signal,
    });
    await keep(session, guest, folder, { definition: definition.id, outlives });
    return [...(choice.warning === undefined ? [] : [choice.warning]), ...changed, ...warnings];
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Leaves a machine to the session. One that can not be handed over is ended: it could not be reached without its folder. */
async function keep(session: QemuSession, guest: Guest, folder: RunFolder, options: KeepOptions): Promise<void> {
  session.keep(guest, () => folder.remove(), options);
  try {
    if (options.outlives === true) await folder.handOver();
    await sample(session, folder.path);
  } catch (error) {
    await guest.stop({ acpiMs: 0 }).catch(() => {});
    throw error;
  }
}

/** Begins with the series of its statistics. */
async function sample(session: QemuSession, folder: string): Promise<void> {
  const [{ readGuestRecord }, { followMachine }] = await Promise.all([
    import('../../qemu/guest/machine-record.ts'),
    import('./stats-series.ts'),
  ]);
  const record = await readGuestRecord(folder);
  if (record !== undefined) followMachine(session, record);
}

/** A machine that runs stays as it is; a paused one goes on. */
async function letRun(session: QemuSession, found: FoundMachine, call: CallContext): Promise<Machine> {
  const { record, name } = found;
  const machine = await readMachine(session, found, call.signal);
  if (machine.state !== 'paused' || record === undefined) return refuseFailed(machine);
  await reachGuest(session, record, call.signal, guest => power.goOn(guest.qmp, call.signal));
  return readMachine(session, await findMachine(session, idOf(name)), call.signal);
}

/** Throws `conflict` for a machine that has a process and can not go on. */
export function refuseFailed(machine: Machine): Machine {
  if (machine.state !== 'failed') return machine;
  throw new Fault(
    'conflict',
    `The machine "${machine.name}" can not go on: ${machine.problem ?? machine.nativeState}`,
    {
      remedy: `Stop it, then start it: vmbridge call vm.stop --vm ${quoteWord(machine.id)} --force`,
      data: { field: 'vm', state: machine.state, log: machine.log },
    },
  );
}
