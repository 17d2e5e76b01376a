import { Fault } from '../../errors/fault.ts';
import { listListeners } from '../../qemu/agent/list-listeners.ts';
import { type NetworkRow, readNetworkRows } from '../../qemu/forwards.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { probeForward } from '../../qemu/probe-forward.ts';
import { agentOf } from './reach-agent.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';
import type { WaitGoal } from './wait-goal.ts';

type Outcome = { reached: string } | { seen: string };

/** Reached when a program in the guest takes connections to a port. */
export class PortGoal implements WaitGoal {
  readonly words: string;
  readonly #session: QemuSession;
  readonly #record: GuestRecord;
  readonly #port: number;

  constructor(session: QemuSession, record: GuestRecord, port: number) {
    this.words = `take connections to port ${port}`;
    this.#session = session;
    this.#record = record;
    this.#port = port;
  }

  async look(signal: AbortSignal): Promise<Outcome> {
    const probed = await reachGuest(this.#session, this.#record, signal, async ({ qmp }) => {
      const forward = chooseForward(await readNetworkRows(qmp, signal), this.#port);
      if (!forward) return undefined;
      const words = `port ${forward.guestPort} of the guest, forwarded from ${forward.address}:${forward.port}`;
      const answers = await probeForward(forward, () => readNetworkRows(qmp, signal), signal);
      return answers ? { reached: words } : { seen: `nobody listens on ${words}` };
    });
    return probed ?? (await this.#askAgent(signal));
  }

  async #askAgent(signal: AbortSignal): Promise<Outcome> {
    if (this.#record.agent === undefined)
      throw describeUnreachable(this.#port, 'the machine has no channel for a guest agent');
    try {
      const ask = agentOf(this.#session, this.#record);
      const addresses = await ask(agent => listListeners(agent, this.#port, { signal }), { signal });
      if (addresses.length > 0) return { reached: `port ${this.#port} of the guest, on ${addresses.join(', ')}` };
      return { seen: `nobody listens on port ${this.#port} of the guest` };
    } catch (error) {
      if (error instanceof Fault && error.code === 'unavailable')
        return { seen: 'the port is not forwarded, and no guest agent answers' };
      throw isUntold(error) ? describeUnreachable(this.#port, 'the guest does not tell who listens') : error;
    }
  }
}

/** Only Linux has /proc; the words with which another system says so depend on its language. */
function isUntold(error: unknown): boolean {
  if (!(error instanceof Fault) || error.data?.command !== 'guest-file-open') return false;
  return error.code === 'not_found' || error.code === 'failed';
}

/** The guest's port counts first: it is what a service is known by. */
function chooseForward(rows: readonly NetworkRow[], port: number): NetworkRow | undefined {
  const forwards = rows.filter(({ state }) => state === 'HOST_FORWARD');
  return forwards.find(({ guestPort }) => guestPort === port) ?? forwards.find(row => row.port === port);
}

function describeUnreachable(port: number, reason: string): Fault {
  return new Fault('unsupported', `Port ${port} is not forwarded, and ${reason}.`, {
    remedy: 'Forward the port to the host, or wait for "login" instead.',
    data: { field: 'port' },
  });
}
