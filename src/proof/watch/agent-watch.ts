import { z } from 'zod';
import { readChannelState } from '../../qemu/agent/channel-state.ts';
import { agentOfGuest } from '../../qemu/agent/reach-agent.ts';
import type { Match } from '../classify.ts';
import { machineRules } from '../rules/machine.ts';
import type { WatchedGuest } from './watched-guest.ts';

const pingEvery = 2;
const answerMs = 3000;
/** Seconds for which something better than the agent is waited for. */
const waitForScreen = 15;

const systemInfo = z.object({ 'pretty-name': z.string().optional(), 'kernel-release': z.string().optional() });
const fileSystems = z.array(z.object({ mountpoint: z.string() }));

/** Asks for the guest agent while the guest is watched; never keeps the watching waiting. */
export class AgentWatch {
  readonly #guest: WatchedGuest;
  readonly #signal: AbortSignal;
  #asking = false;
  #askedAt = 0;
  #answer: string | undefined;

  constructor(guest: WatchedGuest, signal: AbortSignal) {
    this.#guest = guest;
    this.#signal = signal;
  }

  /** What it said, once it has answered. */
  get answer(): string | undefined {
    return this.#answer;
  }

  get match(): Match | undefined {
    if (this.#answer === undefined) return undefined;
    const rule = { ...machineRules.agentAnswers, seconds: waitForScreen, still: false };
    return { rule, source: 'agent', line: this.#answer, exact: true };
  }

  /** Asks again when it is time to. */
  poll(now: number): void {
    if (this.#answer !== undefined || this.#asking || now - this.#askedAt < pingEvery) return;
    this.#asking = true;
    this.#askedAt = now;
    void this.#ask().then(
      answer => {
        this.#answer = answer;
        this.#asking = false;
      },
      () => {
        this.#asking = false;
      },
    );
  }

  /** What was said belongs to a boot that is over. */
  restart(): void {
    this.#answer = undefined;
  }

  async #ask(): Promise<string | undefined> {
    const { agentPath, qmp, folder } = this.#guest;
    if (agentPath === undefined || qmp === undefined) return undefined;
    const signal = this.#signal;
    const state = await readChannelState(qmp, agentPath, signal);
    if (state?.opened !== true) return undefined;
    const ask = agentOfGuest({ agentPath, folder, qmp });
    return await ask?.(
      async agent => {
        const limits = { signal, timeoutMs: answerMs };
        await agent.execute('guest-ping', {}, limits);
        const system = await agent.execute('guest-get-osinfo', {}, limits).catch(() => undefined);
        const disks = await agent.execute('guest-get-fsinfo', {}, limits).catch(() => undefined);
        return describe(system, disks);
      },
      { signal, answerMs },
    );
  }
}

function describe(rawSystem: unknown, rawDisks: unknown): string {
  const system = systemInfo.safeParse(rawSystem).data;
  const disks = fileSystems.safeParse(rawDisks).data;
  const name = [system?.['pretty-name'], system?.['kernel-release']].filter(Boolean).join(', ');
  const mounted = disks === undefined ? '' : `, ${disks.length} file systems mounted`;
  return `${name === '' ? 'a system without a name' : name}${mounted}`;
}
