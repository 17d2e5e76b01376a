import type { OperationTable } from '../../define-provider.ts';
import type { ProxmoxSession } from '../session.ts';
import { listTasks } from './list-tasks.ts';
import { getTask, planStopTask, stopTask } from './show-task.ts';

export const taskOperations = {
  'task.list': listTasks,
  'task.get': getTask,
  'task.stop': { run: stopTask, plan: planStopTask },
} satisfies OperationTable<ProxmoxSession>;
