import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { escapeControls } from '../../errors/escape.ts';
import type { Bridge } from '../bridge.ts';
import { parseDoorFlags } from '../door-flags.ts';
import { asFault, toExitStatus } from '../faults.ts';
import { openBridge } from '../open-bridge.ts';
import { createServer } from './create-server.ts';
import { LineTransport } from './line-transport.ts';
import { ownStandardOutput } from './own-standard-output.ts';
import { waitForStopSignal } from './stop-signals.ts';

/** Longest wait for running work to clean up; what is left is ended with the process. */
const closeMilliseconds = 40_000;
/** Time for the modules to be loaded, which wants a heap that grows fast. */
const settleMilliseconds = 300;
/** Looking for providers loads what a call needs; the client gets this long to go on with what it wanted first. */
const refreshDelayMilliseconds = 100;

/** Serves MCP on standard input and output until the client closes it or a signal comes, then exits the process. */
export async function serveMcp(rawArguments: readonly string[]): Promise<void> {
  const write = ownStandardOutput();
  const bridge = await openOrExit(rawArguments);
  const transport = new LineTransport(process.stdin, process.stdout, write);
  const stopped = Promise.race([transport.ended.then(() => 0), waitForStopSignal(), waitForCrash()]);
  setTimeout(async () => (await import('./keep-heap-small.ts')).keepHeapSmall(), settleMilliseconds).unref();
  const listed = createRefresh(bridge);
  const handle = serveStdio(() => createServer(bridge, listed), { transport });
  const status = await stopped;
  setTimeout(() => process.exit(status), closeMilliseconds).unref();
  await handle.close();
  await bridge.close();
  process.exit(status);
}

async function openOrExit(rawArguments: readonly string[]): Promise<Bridge> {
  try {
    return await openBridge(parseDoorFlags(rawArguments));
  } catch (error) {
    const fault = asFault(error, 'The start of vmbridge');
    tell(fault.message);
    if (fault.remedy !== undefined) tell(fault.remedy);
    process.exit(toExitStatus(fault));
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

/** Resolves after an error that nobody caught, when the state of the process can no longer be trusted. */
function waitForCrash(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  process.on('uncaughtException', error => {
    tell(`Unexpected error: ${error.stack ?? error.message}`);
    resolve(1);
  });
  // A promise that nobody waited for belongs to one call; the others need not suffer for it.
  process.on('unhandledRejection', reason => {
    tell(`Unexpected error: ${reason instanceof Error ? reason.stack : String(reason)}`);
  });
  return promise;
}

function tell(message: string): void {
  process.stderr.write(`vmbridge: ${escapeControls(message)}\n`);
}
