import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Bridge } from '../bridge.ts';
import { reportStartFault } from '../cli/output/fault-text.ts';
import { parseDoorFlags } from '../door-flags.ts';
import { asFault } from '../faults.ts';
import { keepHeapSmall } from '../keep-heap-small.ts';
import { openBridge } from '../open-bridge.ts';
import { ownStandardOutput } from '../own-standard-output.ts';
import { waitForStopSignal } from '../stop-signals.ts';
import { tell, waitForCrash } from '../unexpected-errors.ts';
import { createServer } from './create-server.ts';
import { LineTransport } from './line-transport.ts';

/** Longest wait for running work to clean up; what is left is ended with the process. */
const closeMilliseconds = 40_000;
/** By then the client has what it came for first. */
const settleMilliseconds = 300;
/** Looking for providers loads what a call needs; the client gets this long to go on with what it wanted first. */
const refreshDelayMilliseconds = 100;

/** Serves MCP on standard input and output until the client closes it or a signal comes, then exits the process. */
export async function serveMcp(rawArguments: readonly string[], open: typeof openBridge = openBridge): Promise<void> {
  keepHeapSmall();
  const write = ownStandardOutput();
  const bridge = await openOrExit(rawArguments, open);
  const transport = new LineTransport(process.stdin, process.stdout, write);
  const stopped = Promise.race([transport.ended.then(() => 0), waitForStopSignal(), waitForCrash()]);
  setTimeout(settle, settleMilliseconds).unref();
  const listed = createRefresh(bridge);
  const handle = serveStdio(() => createServer(bridge, listed, transport), { transport });
  const status = await stopped;
  setTimeout(() => process.exit(status), closeMilliseconds).unref();
  try {
    await handle.close();
    await bridge.close();
  } finally {
    process.exit(status);
  }
}

/** What can wait until the client has what it came for. */
function settle(): void {
  // A client may close standard error; what is told there is then lost, and nothing else.
  process.stderr.on('error', () => {});
  // Node writes its cache at an orderly end, and many clients end their servers in no order.
  process.getBuiltinModule('node:module').flushCompileCache();
}

async function openOrExit(rawArguments: readonly string[], open: typeof openBridge): Promise<Bridge> {
  try {
    return await open(parseDoorFlags(rawArguments));
  } catch (error) {
    process.exit(reportStartFault(asFault(error, 'The start of vmbridge')));
  }
}

/** After a list was sent: find out in the background whether it holds true; the client is told when it does not. */
function createRefresh(bridge: Bridge): () => void {
  let waiting = false;
  const refresh = async () => {
    waiting = false;
    await bridge.refreshTools().catch((error: unknown) => tell(`The providers could not be checked: ${String(error)}`));
  };
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(refresh, refreshDelayMilliseconds).unref();
  };
}
