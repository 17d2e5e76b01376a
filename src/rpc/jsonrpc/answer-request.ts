import { type CancellationToken, ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { escapeControls } from '../../errors/escape.ts';
import type { DoorName } from '../../model/call.ts';
import type { Bridge } from '../bridge.ts';
import { asFault, toJsonRpcError } from '../faults.ts';
import { findEntry } from '../tool-list.ts';
import type { LogSender } from './log-sender.ts';
import { parseParams, parsePlanParams } from './parse-params.ts';
import { sendProgress } from './send-progress.ts';
import type { Watches } from './watches.ts';

/** Where a request came in. */
export interface RequestPlace {
  readonly bridge: Bridge;
  readonly connection: MessageConnection;
  readonly door: DoorName;
  readonly logs: LogSender;
  readonly watches: Watches;
}

/** The result of a method, or the error to answer with; never rejects with anything else. */
export async function answerRequest(
  place: RequestPlace,
  method: string,
  rawParams: unknown,
  token: CancellationToken,
): Promise<unknown> {
  const { bridge, door, logs, watches } = place;
  try {
    if (method === 'rpc.discover') return await (await import('./discover.ts')).discover(bridge, door);
    if (method === 'rpc.plan') return await planCall(bridge, door, rawParams, token);
    if (method === 'rpc.setLogLevel') return setLogLevel(logs, rawParams);
    if (method === 'vm.watch') return await untilCancelled(token, signal => watches.start(rawParams, signal));
    if (method === 'vm.unwatch') return watches.stop(rawParams);
    if (findEntry(method) === undefined) return methodNotFound(method);
    return await callTool(place, method, rawParams, token);
  } catch (error) {
    const { code, message, data } = toJsonRpcError(asFault(error, `The call of ${method}`));
    return new ResponseError(code, message, data);
  }
}

async function callTool(
  { bridge, connection, door }: RequestPlace,
  method: string,
  rawParams: unknown,
  token: CancellationToken,
): Promise<unknown> {
  const { input, workDoneToken } = parseParams(method, rawParams);
  const progress = workDoneToken === undefined ? undefined : sendProgress(connection, workDoneToken);
  try {
    return await untilCancelled(token, signal =>
      bridge.call(method, input, { door, signal, progress: progress?.report }),
    );
  } finally {
    progress?.stop();
  }
}

function setLogLevel(logs: LogSender, rawParams: unknown): object {
  logs.setLevel(rawParams);
  return {};
}

async function planCall(
  bridge: Bridge,
  door: DoorName,
  rawParams: unknown,
  token: CancellationToken,
): Promise<unknown> {
  const { method, params } = parsePlanParams(rawParams);
  if (findEntry(method) === undefined) return methodNotFound(method);
  return { plan: await untilCancelled(token, signal => bridge.plan(method, params, { door, signal })) };
}

async function untilCancelled<Result>(
  token: CancellationToken,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const listening = token.onCancellationRequested(() => controller.abort());
  if (token.isCancellationRequested) controller.abort();
  try {
    return await work(controller.signal);
  } finally {
    listening.dispose();
  }
}

function methodNotFound(method: string): ResponseError<unknown> {
  const message = `There is no method "${escapeControls(method.slice(0, 100))}".`;
  const remedy = 'Ask rpc.discover for those there are.';
  return new ResponseError(ErrorCodes.MethodNotFound, message, { code: 'not_found', message, remedy });
}
