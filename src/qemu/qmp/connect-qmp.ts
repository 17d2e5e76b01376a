import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { QmpClient, type QmpClientOptions } from './qmp-client.ts';

export interface ConnectOptions extends QmpClientOptions {
  /** How long to try, in milliseconds: QEMU makes its end some time after it was started. */
  readonly connectMs: number;
  /** Ends the tries early, e.g. because the process is gone. */
  readonly hasEnded?: (() => boolean) | undefined;
}

/** Connects to a QMP channel as soon as it is there, and makes it ready for commands. */
export async function connectQmp(address: string, options: ConnectOptions, signal?: AbortSignal): Promise<QmpClient> {
  const client = new QmpClient(await connectSocket(address, options, signal), options);
  try {
    await client.open(signal);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The connection alone. */
export async function connectSocket(address: string, options: ConnectOptions, signal?: AbortSignal): Promise<Socket> {
  const end = performance.now() + options.connectMs;
  for (;;) {
    if (signal?.aborted) throw cancelledFault(signal, 'Connecting to QEMU');
    const outcome = await tryConnect(address);
    if (!(outcome instanceof Error)) return outcome;
    if (options.hasEnded?.()) throw await explain(options, outcome);
    if (performance.now() >= end) {
      throw new Fault('timeout', `QEMU did not open its control channel within ${options.connectMs} ms.`, {
        remedy: 'Try again when the host is less busy, and see engine.status.',
        cause: outcome,
      });
    }
    await wait(5);
  }
}

async function explain(options: ConnectOptions, cause: Error): Promise<Fault> {
  if (options.explainLoss) return options.explainLoss();
  return new Fault('host_fault', 'QEMU ended before it opened its control channel.', { cause });
}

function tryConnect(address: string): Promise<Socket | Error> {
  return new Promise(resolve => {
    const socket = connect(address);
    const fail = (error: Error) => {
      socket.destroy();
      resolve(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
