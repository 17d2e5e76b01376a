import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import { getShortFolder } from '../../host/local-pipe.ts';
import { startOutlivingProgram } from '../../host/start-outliving-program.ts';
import { startProgram } from '../../host/start-program.ts';
import type { GuestExit } from '../guest.ts';
import { guestFiles } from './guest-files.ts';

/** The process of a QEMU that runs in `folder`. */
export interface GuestProcess {
  readonly pid: number;
  readonly commandLine: readonly string[];
  readonly folder: string;
  /** Settles when the process is gone and its sockets are removed. */
  readonly exited: Promise<GuestExit>;
  /** Set as soon as the process is gone. */
  readonly exit: GuestExit | undefined;
  kill(): void;
}

export interface GuestProcessOptions {
  readonly folder: string;
  /** The process goes on when this one ends. */
  readonly outlives: boolean;
}

export async function startGuestProcess(
  system: string,
  args: readonly string[],
  { folder, outlives }: GuestProcessOptions,
): Promise<GuestProcess> {
  // The texts of errors are read: they shall be English ones.
  const options = { cwd: folder, environment: { LC_ALL: 'C' } };
  const program = outlives
    ? await startOutlivingProgram(system, args, { ...options, logFile: join(folder, guestFiles.engineLog) })
    : await startProgram(system, args, options);
  let exit: GuestExit | undefined;
  const exited = program.exited.then(async result => {
    exit = result;
    await rm(getShortFolder(folder), { recursive: true, force: true }).catch(() => {});
    return result;
  });
  return {
    pid: program.pid,
    commandLine: [system, ...args],
    folder,
    exited,
    get exit() {
      return exit;
    },
    kill: () => program.kill(),
  };
}

/** Why the control channel closed: QEMU's end, with its last words, or the channel alone. */
export async function explainLostChannel({ exited, pid }: GuestProcess): Promise<Fault> {
  const exit = await Promise.race([exited, wait(2000, undefined, { ref: false })]);
  if (!exit)
    return new Fault('host_fault', `QEMU (process ${pid}) closed its control channel but still runs.`, {
      remedy: 'Stop the machine with force, and start it again.',
      data: { pid },
    });
  const { code, signal, stderr } = exit;
  const data = { pid, exitCode: code, signal, stderr: escapeControls(stderr.slice(-4096)) };
  return new Fault('host_fault', `QEMU (process ${pid}) has ended.`, {
    remedy: 'Start the machine again; data.stderr has the last words of QEMU.',
    data,
  });
}
