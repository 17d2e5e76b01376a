import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

/** What it takes to run a job and to wait for its end. */
export type JobChannel = Pick<QmpClient, 'execute' | 'on'>;

const jobList = z.array(z.object({ id: z.string(), status: z.string(), error: z.string().optional() }));

/** How a job that has ended well is listed. */
export const endedJob = { id: 'vmbridge-checkpoint', status: 'concluded' } as const;
/** The one job of ours that a machine has at a time: whoever works with its checkpoints has it to himself. */
const { id } = endedJob;
/** QEMU answers nothing while it reads or writes memory. One that is silent for longer hangs. */
const longestSilence = 1_800_000;
const pollEvery = 50;

/**
 * Runs a job of QEMU to its end, which can not be broken off, then `onSuccess`: should this process be killed before that
 * is done, the next one finds the job (`awaitLeftJob`). Faults: `failed` with QEMU's words in `data.said`, `timeout`,
 * `host_fault` (QEMU ended).
 */
export async function runJob(
  qmp: JobChannel,
  command: string,
  args: Readonly<Record<string, unknown>>,
  onSuccess: () => Promise<unknown> = async () => {},
): Promise<void> {
  let wake = () => {};
  const stopListening = qmp.on(
    'JOB_STATUS_CHANGE',
    ({ data }) => data.id === id && data.status === 'concluded' && wake(),
  );
  try {
    // Where the answer is late the job has begun all the same, or is missing from the list.
    await tolerateSilence(() => qmp.execute(command, { 'job-id': id, ...args }));
    const error = await waitForJob(qmp, command, ended => {
      wake = ended;
    });
    if (error === undefined) await onSuccess();
    await dismiss(qmp, command, error);
  } finally {
    stopListening();
  }
}

/** Waits for a job that an earlier process began and was killed at. */
export async function awaitLeftJob(
  qmp: JobChannel,
  onSuccess: () => Promise<unknown>,
): Promise<'none' | 'done' | 'failed'> {
  const jobs = jobList.parse(await qmp.execute('query-jobs'));
  if (!jobs.some(job => job.id === id)) return 'none';
  const error = await waitForJob(qmp, 'the job', () => {});
  if (error === undefined) await onSuccess();
  await qmp.execute('job-dismiss', { id });
  return error === undefined ? 'done' : 'failed';
}

/** Returns QEMU's words when it failed. */
async function waitForJob(
  qmp: JobChannel,
  command: string,
  onWait: (wake: () => void) => void,
): Promise<string | undefined> {
  const end = performance.now() + longestSilence;
  for (;;) {
    const answer = await tolerateSilence(() => qmp.execute('query-jobs'));
    if (answer !== undefined) {
      const job = jobList.parse(answer).find(each => each.id === id);
      if (job === undefined) throw describeRefusal(command, 'The job was never begun.');
      if (job.status === 'concluded') return job.error;
    }
    if (performance.now() > end) {
      throw new Fault('timeout', `QEMU did not finish ${command} within ${longestSilence / 60_000} minutes.`);
    }
    const woken = Promise.withResolvers<void>();
    onWait(woken.resolve);
    await Promise.race([woken.promise, wait(pollEvery)]);
  }
}

async function dismiss(qmp: JobChannel, command: string, error: string | undefined): Promise<void> {
  await qmp.execute('job-dismiss', { id });
  if (error !== undefined) throw describeRefusal(command, error);
}

async function tolerateSilence(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Fault && error.code === 'timeout') return undefined;
    throw error;
  }
}

function describeRefusal(command: string, said: string): Fault {
  const data = { command, said: escapeControls(said.slice(0, 2000)) };
  return new Fault('failed', `QEMU did not do ${command}.`, { data });
}
