import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { AgentClient } from './agent-client.ts';
import type { ChannelState } from './channel-state.ts';
import { takeTurn } from './take-turn.ts';

/** Where an agent is, and who it is to people. */
export interface AgentAddress {
  /** The socket or pipe that QEMU serves, to one client at a time. */
  readonly path: string;
  /** The machine's name. */
  readonly machine: string;
  /** Asks QEMU about the channel; nothing where it does not tell. */
  readonly askChannel?: ((signal?: AbortSignal) => Promise<ChannelState | undefined>) | undefined;
}

export interface UseAgentOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long other calls of this process may keep the channel, in milliseconds. */
  readonly turnMs?: number | undefined;
  /** How long the agent may take to answer at all, in milliseconds. */
  readonly answerMs?: number | undefined;
}

/** Uses the agent by a connection of its own, which `useAgent` opens and closes. */
export type WithAgent = <Result>(
  use: (agent: AgentClient) => Promise<Result>,
  options?: UseAgentOptions,
) => Promise<Result>;

/** An agent that listens answers in milliseconds: after this long QEMU is asked whether there is one. */
const suspiciousMs = 400;

/**
 * Connects to a guest agent, gets in step with it, uses it and lets the next one in. Faults: `unavailable` (no agent
 * listens), `busy` (other programs keep the channel), `cancelled`, and those of `use`.
 */
export async function useAgent<Result>(
  address: AgentAddress,
  use: (agent: AgentClient) => Promise<Result>,
  options: UseAgentOptions = {},
): Promise<Result> {
  const { signal, turnMs = 10_000 } = options;
  const release = await takeTurn(address.path, turnMs, signal);
  if (!release) throw signal?.aborted ? cancelledFault(signal, 'The call of the guest agent') : describeBusy(address);
  try {
    const agent = await openAgent(address, options);
    try {
      return await use(agent);
    } finally {
      agent.close();
    }
  } finally {
    release();
  }
}

async function openAgent(address: AgentAddress, { signal, answerMs = 5000 }: UseAgentOptions): Promise<AgentClient> {
  if (signal?.aborted) throw cancelledFault(signal, 'The call of the guest agent');
  const agent = new AgentClient(await connectSocket(address));
  const doubt = new AbortController();
  const watched = watchChannel(address, doubt.signal);
  const limit = AbortSignal.any([doubt.signal, watched.absent, ...(signal ? [signal] : [])]);
  try {
    await agent.synchronize({ timeoutMs: answerMs, signal: limit });
    return agent;
  } catch (cause) {
    agent.close();
    if (signal?.aborted) throw cancelledFault(signal, 'The call of the guest agent');
    // What it sent was no silence.
    if (cause instanceof Fault && cause.code === 'failed') throw cause;
    throw await explainSilence(address, watched.absent.aborted, cause);
  } finally {
    doubt.abort();
    await watched.done;
  }
}

/** Saves the wait for an agent that cannot answer since it does not run. */
function watchChannel({ askChannel }: AgentAddress, stop: AbortSignal): { absent: AbortSignal; done: Promise<void> } {
  const absent = new AbortController();
  const look = async () => {
    await wait(suspiciousMs, undefined, { signal: stop });
    const state = await askChannel?.(stop);
    if (state?.opened === false) absent.abort();
  };
  return { absent: absent.signal, done: look().catch(() => {}) };
}

async function explainSilence(address: AgentAddress, absent: boolean, cause: unknown): Promise<Fault> {
  // With the own connection closed: one that is still there is somebody else's, who was served all the time.
  await wait(50);
  const state = absent ? undefined : await address.askChannel?.().catch(() => undefined);
  if (state?.connected === true) return describeBusy(address, cause);
  return new Fault('unavailable', `No guest agent answers in the machine "${address.machine}".`, {
    remedy:
      'Wait for the guest to start (vm.wait with for "agent"), or install the agent in it: apt install qemu-guest-agent, ' +
      'dnf install qemu-guest-agent, or on Windows guest-agent\\qemu-ga-x86_64.msi of the driver disc (vmbridge call engine.drivers).',
    data: { machine: address.machine, listening: absent ? false : state?.opened },
    cause,
  });
}

function describeBusy({ machine }: AgentAddress, cause?: unknown): Fault {
  return new Fault('busy', `The guest agent of the machine "${machine}" is in use by another call or program.`, {
    remedy: 'Try again in a moment: the agent serves one at a time.',
    data: { machine },
    cause,
  });
}

function connectSocket({ path, machine }: AgentAddress): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(path);
  socket.once('error', cause => {
    const remedy = 'Look whether the machine still runs: vm.get.';
    reject(new Fault('unavailable', `The channel to the guest agent of "${machine}" is not there.`, { remedy, cause }));
  });
  socket.once('connect', () => {
    socket.removeAllListeners('error');
    resolve(socket);
  });
  return promise;
}
