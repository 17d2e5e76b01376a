import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeControls } from '../../errors/escape.ts';
import { guestFiles } from '../guest/guest-files.ts';
import type { GuestExit } from '../guest.ts';

/** How a run ended, and where it can be read. */
export interface RunEnd {
  readonly crashed: boolean;
  readonly problem?: string | undefined;
  /** The file with QEMU's own words. */
  readonly log?: string | undefined;
}

/**
 * Looks at what a run left in its folder and keeps its logs in `logFolder`, whose parent has to exist. A QEMU that ends in order removes its file with
 * the process id; where that is left and nobody of us killed it, it broke down or was killed.
 */
export async function settleRun(runFolder: string, logFolder: string, exit?: GuestExit): Promise<RunEnd> {
  const crashed =
    (await exists(join(runFolder, guestFiles.processId))) && !(await exists(join(runFolder, guestFiles.stopped)));
  const log = await keepLogs(runFolder, logFolder, exit).catch(() => undefined);
  if (!crashed) return { crashed, log };
  return { crashed, problem: describeEnd(exit), log };
}

async function keepLogs(runFolder: string, logFolder: string, exit: GuestExit | undefined): Promise<string> {
  // Not with its parents: a machine that was deleted meanwhile must not get a folder again.
  await mkdir(logFolder, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  const log = join(logFolder, 'engine.log');
  const engineLog = join(runFolder, guestFiles.engineLog);
  if (await exists(engineLog)) await copyFile(engineLog, log);
  else await writeFile(log, exit?.stderr ?? '', { mode: 0o600 });
  await copyFile(join(runFolder, guestFiles.serial), join(logFolder, 'serial.log')).catch(() => {});
  return log;
}

function describeEnd(exit: GuestExit | undefined): string {
  const how =
    exit?.signal !== undefined
      ? ` by signal ${exit.signal}`
      : exit?.code !== undefined
        ? ` with exit status ${exit.code}`
        : '';
  const line = exit?.stderr.trim().split('\n').at(-1) ?? '';
  return `QEMU ended unexpectedly${how}.${line === '' ? '' : ` It said: ${escapeControls(line.slice(0, 300))}`}`;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
