import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { quoteWord } from '../../../errors/quote-word.ts';
import type { CallContext } from '../../../model/call.ts';
import type { Checkpoint } from '../../../model/checkpoint.ts';
import { addCheckpoint, stopPending } from '../../../qemu/checkpoints/checkpoint-tree.ts';
import { readHardware } from '../../../qemu/checkpoints/read-hardware.ts';
import { tagOf } from '../../../qemu/checkpoints/snapshot-names.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import type { CheckpointHardware, MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { idOf } from '../find-machine.ts';
import type { ReachedGuest } from '../reach-guest.ts';
import type { QemuSession } from '../session.ts';
import { explainSaveFailure } from './explain-failure.ts';
import { presentCheckpoints } from './list-checkpoints.ts';
import { openStored, withLive } from './reach-snapshots.ts';
import { saveMemory } from './save-memory.ts';
import { sweepSnapshots, workOnCheckpoints } from './work-on-checkpoints.ts';

/** Records the disks and, of a machine that runs or is paused, its memory. The guest stands still meanwhile. */
export async function createCheckpoint(
  session: QemuSession,
  { vm, name, disksOnly }: ToolInput<'vm.checkpoint.create'>,
  call: CallContext,
): Promise<{ checkpoint: Checkpoint }> {
  return workOnCheckpoints(session, vm, call.signal, async ({ definition, record }) => {
    const id = nameNext(definition);
    const begin = async () => {
      refuseCancelled(call);
      const pending = { action: 'create', checkpoint: id } as const;
      await session.store.change(definition.id, now => ({ ...now, pending, checkpointsMade: now.checkpointsMade + 1 }));
    };
    const hardware =
      record === undefined
        ? await saveStopped(session, definition, id, begin)
        : await saveRunning(session, definition, record, { id, disksOnly, begin, call });
    // From here on it is kept: QEMU is done, and only the note is missing.
    refuseCancelled(call);
    const createdAt = new Date().toISOString();
    const disks = definition.disks.map(({ file }) => file);
    const made = {
      id,
      name: name ?? createdAt,
      createdAt,
      memory: hardware !== undefined,
      disks,
      ...(hardware && { hardware }),
    };
    const written = await session.store.change(definition.id, now => addCheckpoint(stopPending(now), made));
    const checkpoint = presentCheckpoints(written).find(each => each.id === id);
    if (checkpoint === undefined) throw new Fault('failed', `The checkpoint of "${definition.name}" was not kept.`);
    return { checkpoint };
  });
}

export function nameNext({ checkpointsMade }: MachineDefinition): string {
  return `c${checkpointsMade + 1}`;
}

async function saveStopped(
  session: QemuSession,
  definition: MachineDefinition,
  id: string,
  begin: () => Promise<void>,
): Promise<undefined> {
  const stored = await openStored(session, definition);
  await sweepSnapshots(session, definition, stored);
  await begin();
  await stored.save(tagOf(id));
}

interface Save {
  readonly id: string;
  readonly disksOnly: boolean;
  readonly begin: () => Promise<void>;
  readonly call: CallContext;
}

async function saveRunning(
  session: QemuSession,
  definition: MachineDefinition,
  record: GuestRecord,
  { id, disksOnly, begin, call }: Save,
): Promise<CheckpointHardware | undefined> {
  return withLive(session, definition, record, async (live, guest) => {
    await requireState(definition.name, guest, call.signal);
    await sweepSnapshots(session, definition, live);
    const hardware = disksOnly ? undefined : await readHardware(guest.qmp, record, definition);
    try {
      if (hardware === undefined) {
        await begin();
        await live.save(tagOf(id));
      } else {
        await saveMemory(session, definition, hardware, { live, pid: record.process.pid, id, begin, call });
      }
    } catch (error) {
      throw await explainSaveFailure(definition.name, session.store.folderOf(definition.id), error);
    }
    return hardware;
  });
}

/** Throws `conflict` for a machine in a state of which no checkpoint can be made. */
export async function requireState(name: string, guest: ReachedGuest, signal: AbortSignal): Promise<void> {
  const status = await guest.status(signal);
  if (status === 'running' || status === 'paused') return;
  throw new Fault(
    'conflict',
    `The machine "${name}" is in the state "${status}", of which no checkpoint can be made.`,
    {
      remedy: `Stop it first: vmbridge call vm.stop --vm ${quoteWord(idOf(name))} --force`,
      data: { field: 'vm', state: status },
    },
  );
}

function refuseCancelled({ signal }: CallContext): void {
  if (signal.aborted) throw cancelledFault(signal, 'Creating the checkpoint');
}
