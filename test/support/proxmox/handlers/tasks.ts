import { permissionError } from '../access/check-access.ts';
import { parameterError } from '../schema/api-error.ts';
import type { HandlerCall, Handlers } from '../state/handler.ts';
import type { TaskState } from '../state/tasks.ts';

export const taskHandlers: Handlers = {
  'GET /cluster/tasks': ({ cluster, account }) =>
    cluster.tasks
      .list()
      .filter(task => mayRead({ cluster, account }, task))
      .slice(0, 25)
      .map(task => ({ ...row(task), saved: task.status === undefined ? '0' : '1' })),
  'GET /nodes/{node}/tasks': call => {
    const { cluster, params, extra } = call;
    const source = params.maybeText('source') ?? 'archive';
    const wanted = (task: TaskState) =>
      task.node === params.text('node') &&
      (source === 'all' || (source === 'active') === (task.status === undefined)) &&
      (!params.has('vmid') || task.id === params.text('vmid')) &&
      (!params.has('typefilter') || task.type === params.text('typefilter')) &&
      (!params.has('userfilter') || task.user.includes(params.text('userfilter'))) &&
      (!params.has('since') || task.starttime >= params.number('since')) &&
      (!params.has('until') || task.starttime <= params.number('until')) &&
      (!params.flag('errors') || (task.status !== undefined && task.status !== 'OK')) &&
      (!params.has('statusfilter') || params.words('statusfilter').includes(kindOf(task)));
    const found = cluster.tasks.list().filter(task => wanted(task) && mayRead(call, task));
    extra.total = found.length;
    const start = params.maybeNumber('start') ?? 0;
    return found.slice(start, start + (params.maybeNumber('limit') ?? 50)).map(row);
  },
  'GET /nodes/{node}/tasks/{upid}': call => {
    requireTask(call);
    return [{ name: 'log' }, { name: 'status' }];
  },
  'GET /nodes/{node}/tasks/{upid}/status': call => {
    const task = requireTask(call);
    const { upid, node, pid, pstart, starttime, type, id, status } = task;
    const [user = '', tokenid] = task.user.split('!');
    return {
      upid,
      node,
      pid,
      pstart,
      starttime,
      type,
      id,
      user,
      ...(tokenid === undefined ? {} : { tokenid }),
      status: status === undefined ? 'running' : 'stopped',
      ...(status === undefined ? {} : { exitstatus: status }),
    };
  },
  'GET /nodes/{node}/tasks/{upid}/log': call => {
    const { params, extra } = call;
    const { log } = requireTask(call);
    const start = params.maybeNumber('start') ?? 0;
    const limit = params.maybeNumber('limit') ?? 50;
    extra.total = log.length;
    if (log.length === 0) return [{ n: 1, t: 'no content' }];
    return log.slice(start, limit === 0 ? undefined : start + limit).map((t, index) => ({ n: start + index + 1, t }));
  },
  'DELETE /nodes/{node}/tasks/{upid}': call => {
    const task = requireTask(call, 'Sys.Modify');
    call.cluster.tasks.stop(task.upid);
  },
};

type Who = Pick<HandlerCall, 'cluster' | 'account'>;

/** Each reads his own; those of others who may audit the node. */
function mayRead({ cluster, account }: Who, task: TaskState, privilege = 'Sys.Audit'): boolean {
  const owner = task.user.split('!')[0];
  const own = account.token === undefined ? owner === account.userid : task.user === account.id;
  return own || cluster.permissions.has(account, `/nodes/${task.node}`, privilege);
}

function requireTask(call: HandlerCall, privilege = 'Sys.Audit'): TaskState {
  const upid = call.params.text('upid');
  if (!/^UPID:[^:\s]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/.test(upid)) {
    throw parameterError({ upid: 'unable to parse worker upid' });
  }
  const task = call.cluster.tasks.get(upid);
  if (task === undefined || task.node !== call.params.text('node')) throw parameterError({ upid: 'no such task' });
  if (!mayRead(call, task, privilege)) throw permissionError(`/nodes/${task.node}, ${privilege}`);
  return task;
}

function kindOf({ status }: TaskState): string {
  if (status === undefined) return 'unknown';
  if (status === 'OK') return 'ok';
  return status.startsWith('WARNINGS') ? 'warning' : 'error';
}

function row({ upid, node, pid, pstart, starttime, type, id, user, status, endtime }: TaskState) {
  const end = status === undefined ? {} : { status, endtime };
  return { upid, node, pid, pstart, starttime, type, id, user, ...end };
}
