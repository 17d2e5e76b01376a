import type { BridgeServices } from '../bridge/bridge-services.ts';
import { bridgeOperations } from '../bridge/index.ts';
import { tools } from '../catalog/tools.ts';
import { Fault } from '../errors/fault.ts';
import { inventoryOperations } from '../inventory/index.ts';
import { resolveMachine } from '../inventory/resolve-machine.ts';
import { untilAborted } from '../inventory/until-aborted.ts';
import type { CallContext } from '../model/call.ts';
import type { PlanStep } from '../model/plan.ts';
import type { Tool } from '../tools/define-tool.ts';
import { allowsMachine, type GuardSettings, refusedMachine } from './guard.ts';

type Input = Readonly<Record<string, unknown>>;
type Run = (session: unknown, input: Input, call: CallContext) => unknown;
type MakePlan = (session: unknown, input: Input, call: CallContext) => Promise<PlanStep[]> | PlanStep[];

interface Slot {
  readonly run: Run;
  readonly plan: MakePlan | undefined;
  readonly without: readonly string[];
}

/** Who answers a call, and with which input: a machine is named by its id from here on. */
interface Answerer {
  /** For the log. */
  readonly name: string;
  readonly slot: Slot;
  readonly session: unknown;
  readonly input: Input;
}

/** The provider that boots images unless another is named. */
const engineProvider = 'qemu';

/** Tools whose `name` is what a machine will be called. */
const givesName: ReadonlySet<string> = new Set(['vm.clone', 'vm.rename']);

/** Finds who answers a tool, and asks them to do it or to tell what they would do. */
export class Router {
  readonly #services: BridgeServices;
  readonly #guard: GuardSettings;

  constructor(services: BridgeServices, guard: GuardSettings) {
    this.#services = services;
    this.#guard = guard;
  }

  async run(id: string, input: Input, call: CallContext): Promise<unknown> {
    const { slot, session, input: resolved, name } = await this.#findAnswerer(id, input, call);
    const { log } = this.#services;
    log.debug(`${name} is to do ${id}.`);
    const startedAt = performance.now();
    const tell = (how: string) =>
      log.debug(`${name} ${how} ${id} after ${Math.round(performance.now() - startedAt)} ms.`);
    try {
      const output = await slot.run(session, resolved, call);
      tell('is done with');
      return output;
    } catch (error) {
      tell('has failed at');
      throw error;
    }
  }

  /** What a run would do, told by the same one who would do it. */
  async plan(id: string, input: Input, call: CallContext): Promise<{ target: string | undefined; steps: PlanStep[] }> {
    const { slot, session, input: resolved } = await this.#findAnswerer(id, input, call);
    const target = [resolved.vm, resolved.image, resolved.target, resolved.name].find(word => typeof word === 'string');
    return { target: target as string | undefined, steps: (await slot.plan?.(session, resolved, call)) ?? [] };
  }

  async #findAnswerer(id: string, input: Input, call: CallContext): Promise<Answerer> {
    const own = slotOf(bridgeOperations, id);
    if (own !== undefined) return { name: 'vmbridge', slot: own, session: this.#services, input };
    const merged = slotOf(inventoryOperations, id);
    if (merged !== undefined) return { name: 'The inventory', slot: merged, session: this.#services.providers, input };
    if (typeof input.vm === 'string') return this.#findForMachine(id, input, input.vm, call);
    const provider = await this.#chooseProvider(id, input, call);
    // An import without a name would take one that only the file knows.
    if (id === 'vm.create' || id === 'vm.import') this.#refuseForeignName(provider, String(input.name ?? ''));
    return this.#findAt(provider, id, input, call);
  }

  async #findForMachine(id: string, input: Input, reference: string, call: CallContext): Promise<Answerer> {
    const machine = await resolveMachine(this.#services.providers, reference, call);
    if (!allowsMachine(this.#guard, machine)) await this.#refuseUnlessNamed(machine, reference, call);
    if (givesName.has(id)) this.#refuseForeignName(machine.provider, String(input.name));
    return this.#findAt(machine.provider, id, { ...input, vm: machine.id }, call);
  }

  /** Nobody makes a machine that they may not see afterwards. Where ids are no names, only patterns of names can match. */
  #refuseForeignName(provider: string, name: string): void {
    if (!allowsMachine(this.#guard, { id: `${provider}:local/${name}`, name })) throw refusedMachine(name);
  }

  /** A machine given by id may be allowed by a pattern of its name. */
  async #refuseUnlessNamed(
    machine: { id: string; provider: string; name: string | undefined },
    reference: string,
    call: CallContext,
  ): Promise<void> {
    if (machine.name !== undefined) throw refusedMachine(reference);
    const answer = await this.#getMachine(machine, call).catch(() => undefined);
    const found = (answer as { machine?: { id: string; name: string } } | undefined)?.machine;
    if (found === undefined || !allowsMachine(this.#guard, found)) throw refusedMachine(reference);
  }

  async #getMachine(machine: { id: string; provider: string }, call: CallContext): Promise<unknown> {
    const { slot, session, input } = await this.#findAt(machine.provider, 'vm.get', { vm: machine.id }, call);
    return slot.run(session, input, call);
  }

  async #findAt(provider: string, id: string, input: Input, call: CallContext): Promise<Answerer> {
    const { providers } = this.#services;
    const { operations, title } = await providers.load(provider);
    const slot = slotOf(operations, id);
    if (slot === undefined) {
      throw new Fault('unsupported', `${title} can not do ${id}.`, {
        remedy: 'See provider.list for what each provider can do.',
        data: { provider, tool: id },
      });
    }
    const refused = slot.without.find(field => isSet(id, field, input[field]));
    if (refused !== undefined) {
      throw new Fault('unsupported', `${title} can not honour the field "${refused}" of ${id}.`, {
        remedy: `Leave "${refused}" out.`,
        data: { provider, tool: id, field: refused },
      });
    }
    // Neither takes a signal: they are shared with other callers.
    await untilAborted(providers.requireAvailable(provider), call.signal, `The call of ${id}`);
    const session = await untilAborted(providers.session(provider), call.signal, `The call of ${id}`);
    return { name: title, slot, session, input };
  }

  /** The provider that is named, or the only one that can. */
  async #chooseProvider(id: string, input: Input, call: CallContext): Promise<string> {
    const { providers } = this.#services;
    if (typeof input.provider === 'string') return providers.find(input.provider).id;
    if (id.startsWith('image.')) return providers.find(engineProvider).id;
    const able = providers.enabled.filter(provider => provider.tools.includes(id));
    const [first, second] = able;
    if (first === undefined) {
      throw new Fault('unsupported', `No provider that is enabled here can do ${id}.`, {
        remedy: 'See provider.list for what each provider can do.',
        data: { tool: id },
      });
    }
    if (second === undefined) return first.id;
    const usable = await untilAborted(providers.available(able), call.signal, `The call of ${id}`);
    if (usable.length === 1 && usable[0] !== undefined) return usable[0].id;
    const candidates = able.map(provider => provider.id);
    throw new Fault('ambiguous', `Several providers can do ${id}.`, {
      remedy: `Set "provider" to one of: ${candidates.join(', ')}.`,
      data: { field: 'provider', candidates },
    });
  }
}

function slotOf(table: object, id: string): Slot | undefined {
  const slots = table as Readonly<Record<string, Run | Partial<Slot> | undefined>>;
  const slot = Object.hasOwn(slots, id) ? slots[id] : undefined;
  if (slot === undefined) return undefined;
  if (typeof slot === 'function') return { run: slot, plan: undefined, without: [] };
  return slot.run && { run: slot.run, plan: slot.plan, without: slot.without ?? [] };
}

// A default that the schema filled in asks for nothing.
function isSet(id: string, field: string, value: unknown): boolean {
  const known: Readonly<Record<string, Tool>> = tools;
  const { data: unset } = known[id]?.input.shape[field]?.safeParse(undefined) ?? {};
  return value !== undefined && JSON.stringify(value) !== JSON.stringify(unset);
}
