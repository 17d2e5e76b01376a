import { type CancellationToken, ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { escapeControls } from '../../errors/escape.ts';
import type { Bridge } from '../bridge.ts';
import { asFault, toJsonRpcError } from '../faults.ts';
import { findEntry } from '../tool-list.ts';
import { parseParams } from './parse-params.ts';
import { sendProgress } from './send-progress.ts';

/** The result of a method, or the error to answer with; never rejects with anything else. */
export async function answerRequest(
  bridge: Bridge,
  connection: MessageConnection,
  method: string,
  rawParams: unknown,
  token: CancellationToken,
): Promise<unknown> {
  try {
    if (method === 'rpc.discover') return await (await import('./discover.ts')).discover(bridge);
    if (findEntry(method) === undefined) return methodNotFound(method);
    return await callTool(bridge, connection, method, rawParams, token);
  } catch (error) {
    const { code, message, data } = toJsonRpcError(asFault(error, `The call of ${method}`));
    return new ResponseError(code, message, data);
  }
}

async function callTool(
  bridge: Bridge,
  connection: MessageConnection,
  method: string,
  rawParams: unknown,
  token: CancellationToken,
): Promise<unknown> {
  const { input, workDoneToken } = parseParams(method, rawParams);
  const progress = workDoneToken === undefined ? undefined : sendProgress(connection, workDoneToken);
  const controller = new AbortController();
  const listening = token.onCancellationRequested(() => controller.abort());
  if (token.isCancellationRequested) controller.abort();
  try {
    return await bridge.call(method, input, {
      door: 'jsonrpc',
      signal: controller.signal,
      progress: progress?.report,
    });
  } finally {
    listening.dispose();
    progress?.stop();
  }
}

function methodNotFound(method: string): ResponseError<unknown> {
  const message = `There is no method "${escapeControls(method.slice(0, 100))}".`;
  const remedy = 'Ask rpc.discover for those there are.';
  return new ResponseError(ErrorCodes.MethodNotFound, message, { code: 'not_found', message, remedy });
}
