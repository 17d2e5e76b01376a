import type { ToolInput } from '../../../catalog/types.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { Operation, Planner } from '../../define-provider.ts';
import { type ProxmoxRequest, planRequest } from '../client/request.ts';
import { refuseLimited } from '../cluster/allowed-machines.ts';
import type { ProxmoxSession } from '../session.ts';
import { buildRequest } from './build-request.ts';
import { readApiSchema } from './read-api-schema.ts';
import { maskFault, maskRequest } from './secret-parameters.ts';

export const callApi: Operation<ProxmoxSession, 'proxmox.api'> = async (session, input, call) => {
  const request = await prepare(session, input, call.signal);
  if (call.signal.aborted) throw cancelledFault(call.signal, 'The request');
  // What changes something is answered for, also when the call is given up: only the answer names the task to be stopped.
  const isRead = request.method === 'GET';
  const signal = isRead ? call.signal : new AbortController().signal;
  try {
    const data = await session.client.send(request, { signal });
    // A GET only tells of tasks.
    if (isRead || !isTaskId(data)) return { data: data ?? null, task: false };
    const end = await session.client.followTask(data, call, { what: `${request.method} ${request.path}` });
    return { data, task: true, log: [...end.log] };
  } catch (error) {
    throw error instanceof Fault ? maskFault(error, request) : error;
  }
};

export const planCallApi: Planner<ProxmoxSession, 'proxmox.api'> = async (session, input, { signal }) => {
  const request = await prepare(session, input, signal);
  const what = request.method === 'GET' ? 'Ask' : 'Send to';
  return [planRequest(session.host, maskRequest(request), `${what} the API of ${session.host}.`)];
};

async function prepare(
  session: ProxmoxSession,
  input: ToolInput<'proxmox.api'>,
  signal: AbortSignal,
): Promise<ProxmoxRequest> {
  refuseLimited(session, 'proxmox.api');
  return buildRequest(await readApiSchema(session, signal), input);
}

function isTaskId(data: unknown): data is string {
  return typeof data === 'string' && /^UPID:[^:\s]+:/.test(data);
}
