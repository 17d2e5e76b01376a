import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import * as backup from './change-backup.ts';
import * as jobs from './change-jobs.ts';
import { listBackups, listMissing } from './list-backups.ts';
import { planPruneBackups, pruneBackups } from './prune-backups.ts';
import { planRestoreBackup, restoreBackup } from './restore-backup.ts';
import { planRunBackup, runBackup } from './run-backup.ts';

export const backupOperations = {
  'backup.run': { run: runBackup, plan: planRunBackup },
  'backup.list': listBackups,
  'backup.set': { run: backup.setBackup, plan: backup.planSetBackup },
  'backup.restore': { run: restoreBackup, plan: planRestoreBackup },
  'backup.delete': { run: backup.deleteBackup, plan: backup.planDeleteBackup },
  'backup.prune': { run: pruneBackups, plan: planPruneBackups },
  'backup.missing': listMissing,
  'backup.job.list': jobs.listJobs,
  'backup.job.create': { run: jobs.createJob, plan: jobs.planCreateJob },
  'backup.job.set': { run: jobs.setJob, plan: jobs.planSetJob },
  'backup.job.delete': { run: jobs.deleteJob, plan: jobs.planDeleteJob },
} satisfies OperationTable<ProxmoxSession>;
