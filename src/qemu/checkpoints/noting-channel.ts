import type { QmpClient } from '../qmp/qmp-client.ts';
import { endedJob, type JobChannel } from './run-job.ts';
import type { NoteStep } from './stored-snapshots.ts';

const meanings: Readonly<Record<string, string>> = {
  stop: 'Hold the guest.',
  cont: 'Let the guest go on.',
  quit: 'Switch the machine off.',
  transaction: 'Record all disks at the same moment.',
  'blockdev-add': 'Open the file for the memory.',
  'blockdev-del': 'Close the file for the memory.',
  'snapshot-save': 'Save the memory and record the disks.',
  'snapshot-load': 'Load the memory and put the disks back.',
  'snapshot-delete': 'Remove a record from the disks.',
  'job-dismiss': 'Forget the job that has ended.',
};

/** A channel to a machine that asks, and only tells `note` what would change something. Each job ends at once, and well. */
export function noteRequests(to: string, note: NoteStep, real?: Pick<QmpClient, 'execute'>): JobChannel {
  return {
    on: () => () => {},
    execute: async (command, args = {}, signal) => {
      if (command === 'query-jobs') return [endedJob];
      const isQuestion = command.startsWith('query-') || command === 'qom-get';
      if (isQuestion && real !== undefined) return real.execute(command, args, signal);
      const body = { execute: command, ...(Object.keys(args).length === 0 ? {} : { arguments: args }) };
      note({ summary: meanings[command] ?? `Send ${command}.`, request: { to, body } });
      return {};
    },
  };
}
