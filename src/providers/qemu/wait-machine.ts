import { setTimeout as delay } from 'node:timers/promises';
import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import { quoteWord } from '../../errors/quote-word.ts';
import type { CallContext } from '../../model/call.ts';
import type { Machine } from '../../model/machine.ts';
import { getMachine } from './machines.ts';
import { findRecord } from './present-machine.ts';
import type { QemuSession } from './session.ts';
import { waitAgentGoal } from './wait-agent.ts';
import type { WaitGoal } from './wait-goal.ts';
import { LoginGoal } from './wait-login.ts';
import { PortGoal } from './wait-port.ts';

type WaitInput = ToolInput<'vm.wait'>;

const shortestPause = 200;
const longestPause = 1000;
const passing: ReadonlySet<string> = new Set(['busy', 'not_found', 'timeout', 'host_fault']);

/** Looks again and again until the machine is as it was asked for. */
export async function waitMachine(
  session: QemuSession,
  input: WaitInput,
  call: CallContext,
): Promise<ToolOutput<'vm.wait'>> {
  checkPort(input);
  const started = performance.now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), input.timeoutSeconds * 1000);
  const signal = AbortSignal.any([call.signal, limit.signal]);
  const wait = new Waiting(session, input, { ...call, signal });
  try {
    for (let pause = shortestPause; ; pause = Math.min(longestPause, pause * 1.2)) {
      const detail = await wait.look();
      const seconds = (performance.now() - started) / 1000;
      if (detail !== undefined) return { reached: true, seconds, detail };
      call.progress({ message: `waiting for ${input.for}: ${wait.seen}` });
      await delay(pause, undefined, { signal });
    }
  } catch (error) {
    if (call.signal.aborted) throw cancelledFault(call.signal, `Waiting for ${input.for}`);
    if (limit.signal.aborted) throw describeTimeout(input, wait);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function checkPort({ for: what, port }: WaitInput): void {
  if ((what === 'port') === (port !== undefined)) return;
  const message =
    what === 'port' ? 'Which port to wait for is not said.' : `A port has no meaning when waiting for "${what}".`;
  throw new Fault('invalid', message, { remedy: 'Set port with for "port", and only then.', data: { field: 'port' } });
}

/** What is known of one wait between its looks. */
class Waiting {
  seen = 'nothing yet';
  state: Machine['state'] | undefined;
  readonly #session: QemuSession;
  readonly #input: WaitInput;
  readonly #call: CallContext;
  #name: string;
  #goal: WaitGoal | undefined;

  constructor(session: QemuSession, input: WaitInput, call: CallContext) {
    this.#session = session;
    this.#input = input;
    this.#call = call;
    this.#name = input.vm;
  }

  get words(): string {
    const { for: what } = this.#input;
    return `The machine "${this.#name}" did not ${this.#goal?.words ?? `come to be ${what}`}`;
  }

  /** What was reached, as a sentence's part; nothing yet otherwise. */
  async look(): Promise<string | undefined> {
    const { for: what } = this.#input;
    this.state = await this.#readState();
    if (this.state === 'failed' && what !== 'stopped') throw this.#describeEnd('has failed');
    if (what === 'running' || what === 'paused' || what === 'stopped') {
      this.seen = `it is ${this.state}`;
      return this.state === what ? this.seen : undefined;
    }
    if (this.state === 'stopped' || this.state === 'stopping') throw this.#describeEnd(`is ${this.state}`);
    const found = await this.#lookFurther();
    if ('reached' in found) return found.reached;
    this.seen = this.state === 'running' ? found.seen : `it is ${this.state}; ${found.seen}`;
    return undefined;
  }

  async #lookFurther(): Promise<{ reached: string } | { seen: string }> {
    try {
      this.#goal ??= await this.#chooseGoal();
      return await this.#goal.look(this.#call.signal);
    } catch (error) {
      if (this.#call.signal.aborted || !(error instanceof Fault)) throw error;
      // Another visitor, or a machine that is just ending: the next look at its state tells.
      if (passing.has(error.code)) return { seen: error.message };
      throw error;
    }
  }

  async #readState(): Promise<Machine['state']> {
    try {
      const { machine } = await getMachine(this.#session, this.#input, this.#call);
      this.#name = machine.name;
      return machine.state;
    } catch (error) {
      // A machine that is kept nowhere is gone once it has ended.
      const isGone = error instanceof Fault && error.code === 'not_found' && this.state !== undefined;
      if (!isGone) throw error;
      if (this.#input.for === 'stopped') return 'stopped';
      throw this.#describeEnd('has ended');
    }
  }

  async #chooseGoal(): Promise<WaitGoal> {
    const record = await findRecord(this.#session, this.#input.vm);
    if (this.#input.for === 'login') return new LoginGoal(this.#session, record);
    if (this.#input.for === 'agent') return waitAgentGoal(this.#session, record);
    return new PortGoal(this.#session, record, this.#input.port ?? 0);
  }

  #describeEnd(how: string): Fault {
    const { for: what, vm } = this.#input;
    const isFailure = how === 'has failed';
    return new Fault(
      isFailure ? 'host_fault' : 'conflict',
      `The machine "${this.#name}" ${how}, so "${what}" will not come.`,
      {
        remedy: isFailure
          ? `See vm.get for why: vmbridge call vm.get --vm ${quoteWord(vm)}`
          : `Start it: vmbridge call vm.start --vm ${quoteWord(vm)}`,
        data: { field: 'vm', state: this.state, seen: this.seen },
      },
    );
  }
}

function describeTimeout({ timeoutSeconds, for: what }: WaitInput, { words, seen, state }: Waiting): Fault {
  return new Fault('timeout', `${words} within ${timeoutSeconds} s; seen last: ${seen}.`, {
    remedy:
      what === 'login'
        ? 'Look at the screen, or give it more time with timeoutSeconds.'
        : 'Give it more time with timeoutSeconds.',
    data: { for: what, seen, state },
  });
}
