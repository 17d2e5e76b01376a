import { readFile, rm } from 'node:fs/promises';
import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import { runProgram } from '../run-program.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { PlannedFile, SchedulePlan } from './schedule-plan.ts';

/** Finds the program of a command. */
export type FindCommand = (name: string) => Promise<string>;

const longestCommandMs = 60_000;

/** Writes the files and runs the commands. When one fails, the files are what they were before. */
export async function applyPlan(plan: SchedulePlan, find: FindCommand, signal: AbortSignal): Promise<void> {
  const before = await lookBefore(plan, find);
  try {
    for (const file of plan.files) await writePlanned(file);
    for (const command of plan.commands) await runCommand(command, find, signal);
  } catch (error) {
    for (const [{ path }, content] of before) {
      if (content === undefined) await rm(path, { force: true });
      else await writeFileAtomically(path, content);
    }
    throw error;
  }
}

/** All is looked at before anything is written: what the files hold now, and whether the programs are there. */
export async function lookBefore(
  plan: SchedulePlan,
  find: FindCommand,
): Promise<Map<PlannedFile, Uint8Array | undefined>> {
  for (const command of plan.commands) await find(command[0]);
  const before = new Map<PlannedFile, Uint8Array | undefined>();
  for (const file of plan.files) before.set(file, await readOwn(file));
  return before;
}

export async function runCommand(
  [program, ...args]: SchedulePlan['commands'][number],
  find: FindCommand,
  signal: AbortSignal,
): Promise<void> {
  const file = await find(program);
  const { exitCode, stdout, stderr } = await runProgram(file, args, { signal, timeoutMs: longestCommandMs });
  if (exitCode === 0) return;
  const command = [program, ...args].join(' ');
  // Failed to connect to bus: No medium found
  // Failed to connect to user scope bus via local transport: $DBUS_SESSION_BUS_ADDRESS and $XDG_RUNTIME_DIR not defined
  const isApart = program === 'systemctl' && /Failed to connect to .*bus/i.test(stderr);
  if (isApart) {
    throw new Fault('host_fault', `${command} found no systemd of this user in this session.`, {
      remedy:
        'Log on as this user, not by su or sudo, and do it there; or let cron start: vmbridge prove --request FILE. The files are what they were before.',
      data: { stderr: escapeControls(stderr.slice(-4096)) },
    });
  }
  throw new Fault('host_fault', `${command} failed with exit code ${exitCode}.`, {
    remedy: 'See "stderr" in the data (--json); the files are what they were before.',
    data: { stdout: escapeControls(stdout.slice(-4096)), stderr: escapeControls(stderr.slice(-4096)) },
  });
}

/** What is there now; somebody's own file is no place to write to. */
async function readOwn({ path, mark }: PlannedFile): Promise<Uint8Array | undefined> {
  const content = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw writeFault(path, error);
  });
  if (content === undefined || mark === undefined || content.toString('utf8').startsWith(mark)) return content;
  throw new Fault('conflict', `There is a file "${path}" that was not written by vmbridge.`, {
    remedy: 'Choose another name for the schedule.',
    data: { field: 'name', path },
  });
}

async function writePlanned({ path, content, encoding }: PlannedFile): Promise<void> {
  try {
    // With the mark of its byte order, by which Windows knows it.
    await writeFileAtomically(path, encoding === undefined ? content : Buffer.from(`\ufeff${content}`, encoding));
  } catch (error) {
    throw writeFault(path, error);
  }
}

function writeFault(path: string, error: unknown): Fault {
  return new Fault('host_fault', `The file "${path}" can not be written.`, {
    remedy: 'Free some space there, or mend what keeps this user from writing.',
    data: { path },
    cause: error,
  });
}
