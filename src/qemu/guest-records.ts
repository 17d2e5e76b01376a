import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../errors/fault.ts';
import { isProcessAlive } from '../host/process-identity.ts';
import { guestFiles } from './guest/guest-files.ts';
import { type GuestRecord, readGuestRecord } from './guest/machine-record.ts';
import { readStatus } from './guest/read-status.ts';
import { stopByLadder } from './guest/stop-ladder.ts';
import type { GuestStatus, StopLimits, StopResult } from './guest.ts';
import { connectQmp } from './qmp/connect-qmp.ts';
import type { QmpClient } from './qmp/qmp-client.ts';

export { type GuestRecord, readGuestRecord as readRecordOf } from './guest/machine-record.ts';

/** A guest as seen from a process that did not start it. */
export interface GuestVisitor {
  readonly record: GuestRecord;
  readonly qmp: QmpClient;
  status(signal?: AbortSignal): Promise<GuestStatus>;
  stop(limits?: StopLimits): Promise<StopResult>;
  /** Lets the next visitor in: QEMU serves one at a time. */
  close(): void;
}

export interface GuestRun {
  readonly record: GuestRecord;
  readonly alive: boolean;
}

/** The runs of this user's guests that have a folder, also of those that have ended and were not cleared up after yet. */
export async function listGuestRuns(runRoot: string): Promise<GuestRun[]> {
  const entries = await readdir(runRoot, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter(entry => entry.isDirectory()).map(entry => join(runRoot, entry.name));
  const runs = await Promise.all(
    folders.map(async folder => {
      const record = await readGuestRecord(folder);
      return record ? [{ record, alive: await isProcessAlive(record.process) }] : [];
    }),
  );
  return runs.flat().sort((one, other) => Date.parse(one.record.startedAt) - Date.parse(other.record.startedAt));
}

/** The guests of this user that run now, whoever started them. `runRoot` is the folder that holds their folders. */
export async function listGuestRecords(runRoot: string): Promise<GuestRecord[]> {
  return (await listGuestRuns(runRoot)).filter(({ alive }) => alive).map(({ record }) => record);
}

/** Opens the second channel of a running guest. Faults: `not_found` (it has ended), `busy` (another visitor is there). */
export async function connectGuest(record: GuestRecord, signal?: AbortSignal): Promise<GuestVisitor> {
  const { pid } = record.process;
  if (!(await isProcessAlive(record.process))) throw describeGone(record);
  let qmp: QmpClient;
  try {
    qmp = await connectQmp(record.visitor, { connectMs: 2000, timeoutMs: 5000 }, signal);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    if (!(await isProcessAlive(record.process))) throw describeGone(record);
    throw new Fault('busy', `The machine of process ${pid} does not answer on its second channel.`, {
      remedy: 'Try again: another program may be talking to it.',
      data: { pid, folder: record.folder },
      cause,
    });
  }
  return {
    record,
    qmp,
    status: async within => ((await isProcessAlive(record.process)) ? readStatus(qmp, within) : 'exited'),
    stop: limits => stopVisited(record, qmp, limits),
    close: () => qmp.close(),
  };
}

function stopVisited(record: GuestRecord, qmp: QmpClient, limits: StopLimits | undefined): Promise<StopResult> {
  const { pid } = record.process;
  const hasExited = async () => !(await isProcessAlive(record.process));
  const waitForExit = async () => {
    while (!(await hasExited())) await wait(20);
  };
  const kill = async () => {
    await writeFile(join(record.folder, guestFiles.stopped), '').catch(() => {});
    // Its number may by now belong to another process.
    if (!(await hasExited())) process.kill(pid, 'SIGKILL');
  };
  return stopByLadder({ pid, qmp, hasExited, waitForExit, kill }, limits);
}

function describeGone(record: GuestRecord): Fault {
  return new Fault('not_found', `The machine of process ${record.process.pid} has ended.`, {
    data: { folder: record.folder },
  });
}
