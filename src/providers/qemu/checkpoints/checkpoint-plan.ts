import path from 'node:path';
import type { PlanStep } from '../../../model/plan.ts';
import { LiveSnapshots } from '../../../qemu/checkpoints/live-snapshots.ts';
import { noteRequests } from '../../../qemu/checkpoints/noting-channel.ts';
import type { JobChannel } from '../../../qemu/checkpoints/run-job.ts';
import type { StoredSnapshots } from '../../../qemu/checkpoints/stored-snapshots.ts';
import type { GuestRecord } from '../../../qemu/guest-records.ts';
import { definitionFile } from '../../../qemu/machines/definition-files.ts';
import type { MachineDefinition } from '../../../qemu/machines/machine-definition.ts';
import { findKept, idOf } from '../find-machine.ts';
import { type ReachedGuest, reachGuest } from '../reach-guest.ts';
import { refuseBaseOfClones } from '../refuse-base-of-clones.ts';
import type { QemuSession } from '../session.ts';
import { openStored } from './reach-snapshots.ts';

/** The steps of a plan for checkpoints, noted down by what would do them. */
export class CheckpointPlan {
  readonly steps: PlanStep[] = [];
  readonly definition: MachineDefinition;
  readonly record: GuestRecord | undefined;
  readonly #session: QemuSession;

  private constructor(session: QemuSession, definition: MachineDefinition, record: GuestRecord | undefined) {
    this.#session = session;
    this.definition = definition;
    this.record = record;
  }

  /** Finds the machine and refuses what any work with its checkpoints would be refused for. */
  static async begin(session: QemuSession, vm: string): Promise<CheckpointPlan> {
    const { definition, record } = await findKept(session, vm);
    await refuseBaseOfClones(session, definition, 'can not change its checkpoints');
    const plan = new CheckpointPlan(session, definition, record);
    const { pending } = definition;
    if (pending !== undefined) {
      plan.note({
        summary: `Set in order what was broken off: ${pending.action} of checkpoint ${pending.checkpoint}.`,
      });
    }
    return plan;
  }

  readonly note = (step: PlanStep): void => {
    this.steps.push(step);
  };

  /** A file that would be removed. */
  readonly noteRemoval = (file: string): void => {
    this.note({ summary: 'Remove a file that belongs to no checkpoint.', file: { action: 'delete', path: file } });
  };

  /** Notes down that the machine's own file is written. */
  readonly noteDefinition = async (summary: string): Promise<void> => {
    const file = path.join(this.folder, definitionFile);
    this.note({ summary, file: { action: 'write', path: file } });
  };

  get folder(): string {
    return this.#session.store.folderOf(this.definition.id);
  }

  /** The images of a machine that is stopped. */
  openStored(): Promise<StoredSnapshots> {
    return openStored(this.#session, this.definition, this.note);
  }

  /** A channel to a machine that does not run yet. */
  openLater(): JobChannel {
    return noteRequests(this.#address, this.note);
  }

  /** The images of a machine that runs, which is asked and not told. */
  withLive<Result>(
    record: GuestRecord,
    signal: AbortSignal,
    use: (live: LiveSnapshots, guest: ReachedGuest, channel: JobChannel) => Promise<Result>,
  ): Promise<Result> {
    return reachGuest(this.#session, record, signal, guest => {
      const channel = noteRequests(this.#address, this.note, guest.qmp);
      return use(new LiveSnapshots(channel, this.definition, this.folder), guest, channel);
    });
  }

  get #address(): string {
    return `QMP of ${idOf(this.definition.name)}`;
  }
}
