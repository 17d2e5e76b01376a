import { setTimeout as delay } from 'node:timers/promises';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import type { DoorName } from '../../model/call.ts';
import type { Bridge } from '../bridge.ts';
import { reportStartFault } from '../cli/output/fault-text.ts';
import { parseDoorFlags } from '../door-flags.ts';
import { asFault } from '../faults.ts';
import { keepHeapSmall } from '../keep-heap-small.ts';
import { openBridge } from '../open-bridge.ts';
import { waitForStopSignal } from '../stop-signals.ts';
import { waitForCrash } from '../unexpected-errors.ts';
import { answerRequest, type RequestPlace } from './answer-request.ts';
import { AnsweringWriter } from './answering-writer.ts';
import { CheckingReader } from './checking-reader.ts';
import { claimStdout } from './claim-stdout.ts';
import { LogSender } from './log-sender.ts';
import { PendingRequests } from './pending-requests.ts';
import { Watches } from './watches.ts';

/** The program at the other end has a person confirm what destroys something. */
const attendedFlag = '--attended';
/** How long requests that are under way at the end of stdin may take before they are cancelled. */
const graceMilliseconds = 1000;
/** After so long a shutdown that hangs is cut off. */
const shutdownMilliseconds = 40_000;

/** `vmbridge rpc`: JSON-RPC 2.0 with Content-Length framing over stdio until stdin ends, `exit` or a signal. */
export async function serveJsonRpc(rawArguments: readonly string[]): Promise<void> {
  // A client may close standard error; what is told there is then lost, and nothing else.
  process.stderr.on('error', () => {});
  keepHeapSmall();
  const output = claimStdout();
  let bridge: Bridge;
  const door: DoorName = rawArguments.includes(attendedFlag) ? 'attended' : 'jsonrpc';
  try {
    bridge = await openBridge(parseDoorFlags(rawArguments.filter(word => word !== attendedFlag)));
  } catch (error) {
    process.exitCode = reportStartFault(asFault(error, 'Starting vmbridge'));
    return;
  }
  const pending = new PendingRequests();
  const writer = new AnsweringWriter(output, pending);
  const reader = new CheckingReader({
    input: process.stdin,
    output,
    pending,
    refuse: refusal => writer.refuse(refusal),
    ignore: () => {},
  });
  const connection = createMessageConnection(reader, writer);
  const [logs, watches] = [new LogSender(bridge, connection), new Watches(bridge, connection)];
  answerAll({ bridge, connection, door, logs, watches });
  const status = await waitForEnd(connection, door);
  await Promise.race([shutDown(bridge, pending), delay(shutdownMilliseconds)]);
  await Promise.race([writer.refused(), delay(graceMilliseconds)]);
  process.exit(status);
}

function answerAll(place: RequestPlace): void {
  const { bridge, connection, logs } = place;
  let refreshed = false;
  connection.onRequest(async (method, params, token) => {
    const answer = await answerRequest(place, method, params, token);
    // Looking for providers costs more than most answers do, so it waits until one has been given.
    if (!refreshed || method === 'rpc.discover') setImmediate(() => bridge.refreshTools().catch(() => {}));
    refreshed = true;
    return answer;
  });
  connection.onNotification('rpc.setLogLevel', (...params: unknown[]) => {
    try {
      logs.setLevel(params.length > 1 ? params : params[0]);
    } catch {
      // Nobody waits for an answer to a notification.
    }
  });
  bridge.onToolsChanged(() => {
    try {
      connection.sendNotification('rpc.toolsChanged').catch(() => {});
    } catch {
      // The connection is closed already.
    }
  });
}

function waitForEnd(connection: MessageConnection, door: DoorName): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  connection.onClose(() => resolve(0));
  connection.onNotification('exit', () => resolve(0));
  const ended = Promise.race([promise, waitForStopSignal(door === 'attended'), waitForCrash()]);
  connection.listen();
  return ended;
}

async function shutDown(bridge: Bridge, pending: PendingRequests): Promise<void> {
  process.stdin.pause();
  await pending.idle(graceMilliseconds);
  await bridge.close().catch(() => {});
  // The calls that were cancelled are answered as well.
  await pending.idle(graceMilliseconds);
}
