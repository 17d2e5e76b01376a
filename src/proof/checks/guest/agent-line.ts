import { setTimeout as wait } from 'node:timers/promises';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { readChannelState } from '../../../qemu/agent/channel-state.ts';
import { useAgent, type WithAgent } from '../../../qemu/agent/use-agent.ts';
import { readGuestRecord } from '../../../qemu/guest/machine-record.ts';
import type { Guest } from '../../../qemu/guest.ts';

/** Between two calls to an agent that does not answer yet, in milliseconds. */
const pauseMs = 500;

/** The way to a guest's agent, which starts some time after the login prompt. */
export class AgentLine {
  readonly #guest: Pick<Guest, 'folder' | 'qmp'>;
  readonly #since = performance.now();
  #found: WithAgent | undefined;
  #absentFor = -1;

  constructor(guest: Pick<Guest, 'folder' | 'qmp'>) {
    this.#guest = guest;
  }

  /** Whether the machine has a channel at all: without one no agent can answer, however well it is installed. */
  async hasChannel(): Promise<boolean> {
    return (await readGuestRecord(this.#guest.folder))?.agent !== undefined;
  }

  /** The agent as soon as it answers; undefined when none did within `seconds`, counted from when this was made. */
  async find(seconds: number, signal: AbortSignal): Promise<WithAgent | undefined> {
    if (this.#found) return this.#found;
    // Waited for in vain before, for as long as now.
    if (this.#absentFor >= seconds) return undefined;
    const { agent: path } = (await readGuestRecord(this.#guest.folder)) ?? {};
    const askChannel = (stop?: AbortSignal) => readChannelState(this.#guest.qmp, path ?? '', stop);
    const withAgent: WithAgent = (use, options) =>
      useAgent({ path: path ?? '', machine: 'proof', askChannel }, use, options);
    while (path !== undefined) {
      if (await answers(withAgent, signal)) {
        this.#found = withAgent;
        return withAgent;
      }
      const left = this.#since + seconds * 1000 - performance.now();
      if (left <= 0) break;
      await wait(Math.min(pauseMs, left), undefined, { signal }).catch(() => {});
      if (signal.aborted) throw cancelledFault(signal, 'Waiting for the guest agent');
    }
    this.#absentFor = seconds;
    return undefined;
  }
}

async function answers(withAgent: WithAgent, signal: AbortSignal): Promise<boolean> {
  try {
    await withAgent(agent => agent.execute('guest-ping', {}, { signal, timeoutMs: 10_000 }), { signal });
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof Fault) || error.code === 'host_fault') throw error;
    // One that forbids the question has answered it.
    return error.code === 'denied' || error.code === 'unsupported';
  }
}
