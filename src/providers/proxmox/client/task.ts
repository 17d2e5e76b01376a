import { z } from 'zod';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import type { ProxmoxRequest, SendOptions } from './request.ts';
import type { Timing } from './timing.ts';
import { parseUpid } from './upid.ts';
import { watchTask } from './watch-task.ts';

/** What a task came to. */
export interface TaskEnd {
  /** Empty when the host did it at once, without a task. */
  readonly upid: string;
  /** `OK`, or `WARNINGS: 2`. */
  readonly exitStatus: string;
  /** How many warnings its log has. */
  readonly warnings: number;
  /** Its last lines. */
  readonly log: readonly string[];
}

export interface TaskOptions {
  /** As a sentence begins, e.g. `Starting the machine "web"`. */
  readonly what: string;
  /** How long the task may take; it goes on after that, but nobody waits for it. */
  readonly timeoutMilliseconds?: number | undefined;
}

export type TaskCall = Pick<CallContext, 'signal' | 'progress'>;

/** The part of the client that tasks are followed with. */
export interface TaskClient {
  readonly host: string;
  readonly timing: Timing;
  send(request: ProxmoxRequest, options: SendOptions): Promise<unknown>;
}

export async function runTask(
  client: TaskClient,
  request: ProxmoxRequest,
  call: TaskCall,
  options: TaskOptions,
): Promise<TaskEnd> {
  if (call.signal.aborted) throw cancelledFault(call.signal, options.what);
  const answer = await sendToTheEnd(client, request, call.signal);
  const upid = z.string().safeParse(answer).data ?? '';
  if (parseUpid(upid) === undefined) return { upid: '', exitStatus: 'OK', warnings: 0, log: [] };
  return followTask(client, upid, call, options);
}

export async function followTask(
  client: TaskClient,
  upid: string,
  call: TaskCall,
  options: TaskOptions,
): Promise<TaskEnd> {
  const parsed = parseUpid(upid);
  if (parsed === undefined) {
    throw new Fault('invalid', 'That is not the id of a task.', {
      remedy: 'Give it as the list of tasks does: UPID:…',
      data: { field: 'upid' },
    });
  }
  return watchTask(client, { upid, node: parsed.node }, call, options);
}

/** A call that is cancelled while its request is under way waits for the answer, which alone names the task to be stopped. */
async function sendToTheEnd(client: TaskClient, request: ProxmoxRequest, signal: AbortSignal): Promise<unknown> {
  const enough = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const leave = () => {
    timer = setTimeout(() => enough.abort(signal.reason), client.timing.stopTask);
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await client.send(request, { signal: enough.signal });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
}
