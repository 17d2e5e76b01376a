import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withFileLock } from '../host/file-lock.ts';
import { identifyProcess, isProcessAlive } from '../host/process-identity.ts';
import { readFileEnd } from '../host/read-file-end.ts';
import { guestFiles } from './guest/guest-files.ts';
import type { GuestProcess } from './guest/guest-process.ts';
import { type GuestRecord, readGuestRecord, writeGuestRecord } from './guest/machine-record.ts';
import { RunningGuest } from './guest/running-guest.ts';
import type { Guest, GuestExit } from './guest.ts';
import { connectQmp } from './qmp/connect-qmp.ts';

/** How often the end of a process is looked for that is not a child of this one, in milliseconds. */
const lookEvery = 200;

/**
 * Takes over a machine that has outlived the process that kept it. Undefined when it has ended, when another process keeps
 * it or has just taken it over, or when it does not answer.
 */
export async function adoptGuest(record: GuestRecord): Promise<Guest | undefined> {
  const { ownerChannel } = record;
  if (ownerChannel === undefined) return undefined;
  const lock = join(record.folder, 'adopt.lock');
  try {
    return await withFileLock(lock, { patienceMs: 0 }, async () => {
      const now = await readGuestRecord(record.folder);
      if (!now || (await isProcessAlive(now.owner)) || !(await isProcessAlive(now.process))) return undefined;
      const qmp = await connectQmp(ownerChannel, { connectMs: 1000 }, AbortSignal.timeout(3000));
      try {
        await writeGuestRecord({ ...now, owner: await identifyProcess(process.pid) });
      } catch (error) {
        // QEMU serves one at a time: the next who tries must find the channel free.
        qmp.close();
        throw error;
      }
      const plan = {
        image: { path: now.image.path, format: 'qcow2' as const },
        machine: now.machine,
        accelerator: now.accelerator,
        cpus: now.cpus ?? 1,
        memoryBytes: now.memoryBytes ?? 0,
      };
      return new RunningGuest(watchProcess(now), qmp, plan, {
        startedAt: new Date(now.startedAt),
        agentPath: now.agent,
      });
    });
  } catch {
    return undefined;
  } finally {
    // Locking makes the folder anew when it was removed meanwhile; one that holds anything stays.
    await rmdir(record.folder).catch(() => {});
  }
}

/** The process of a record, as far as one that is no child can be watched. */
function watchProcess(record: GuestRecord): GuestProcess {
  const { pid } = record.process;
  let exit: GuestExit | undefined;
  const watch = async (): Promise<GuestExit> => {
    while (await isProcessAlive(record.process)) await wait(lookEvery, undefined, { ref: false });
    const stderr = await readFileEnd(join(record.folder, guestFiles.engineLog), 64 * 1024).catch(() => '');
    exit = { code: undefined, signal: undefined, stderr };
    return exit;
  };
  return {
    pid,
    commandLine: [record.engine.system],
    folder: record.folder,
    exited: watch(),
    get exit() {
      return exit;
    },
    kill: () => {
      // Its number may by now belong to another process.
      void isProcessAlive(record.process).then(alive => alive && process.kill(pid, 'SIGKILL'));
    },
  };
}
