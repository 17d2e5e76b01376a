import type { BridgeServices } from '../bridge/bridge-services.ts';
import { bridgeOperations } from '../bridge/index.ts';
import { tools } from '../catalog/tools.ts';
import type { ToolId } from '../catalog/types.ts';
import { Fault } from '../errors/fault.ts';
import { inventoryOperations } from '../inventory/index.ts';
import type { InventoryServices } from '../inventory/inventory-services.ts';
import { type ResolvedMachine, resolveMachine } from '../inventory/resolve-machine.ts';
import { untilAborted } from '../inventory/until-aborted.ts';
import type { CallContext } from '../model/call.ts';
import { localHost } from '../model/host.ts';
import type { PlanStep } from '../model/plan.ts';
import { listRefusedFields } from '../providers/refused-fields.ts';
import type { Tool } from '../tools/define-tool.ts';
import { allowsMachine, type GuardSettings, refusedMachine, refuseTool } from './guard.ts';
import { parseInput } from './parse-input.ts';

type Input = Readonly<Record<string, unknown>>;
type Run = (session: unknown, input: Input, call: CallContext) => unknown;
type MakePlan = (session: unknown, input: Input, call: CallContext) => Promise<PlanStep[]> | PlanStep[];

interface Slot {
  readonly run: Run;
  readonly plan: MakePlan | undefined;
  readonly without: readonly string[];
  readonly also: readonly string[];
}

/** Where a call goes. */
interface Place {
  readonly provider: string;
  readonly host: string;
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
  readonly #inventory: InventoryServices;

  constructor(services: BridgeServices, guard: GuardSettings) {
    this.#services = services;
    this.#guard = guard;
    this.#inventory = {
      providers: services.providers,
      run: async (id, input, call) => this.run(id, this.#admitPart(id, input), call),
      plan: async (id, input, call) => (await this.plan(id, this.#admitPart(id, input), call)).steps,
    };
  }

  /** The checked input of a call that is part of another: offered here, with its defaults. */
  #admitPart(id: ToolId, input: Input): Input {
    const refusal = refuseTool(this.#guard, tools[id]);
    if (refusal !== undefined) throw refusal;
    return parseInput(id, tools[id].input, input);
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
    if (merged !== undefined) return { name: 'The inventory', slot: merged, session: this.#inventory, input };
    if (typeof input.vm === 'string') return this.#findForMachine(id, input, input.vm, call);
    const place = await this.#choosePlace(id, input, call);
    // An import without a name would take one that only the file knows.
    if (id === 'vm.create' || id === 'vm.import') this.#refuseForeignName(place, String(input.name ?? ''));
    return this.#findAt(place, id, input, call);
  }

  async #findForMachine(id: string, input: Input, reference: string, call: CallContext): Promise<Answerer> {
    const machine = await resolveMachine(this.#services.providers, reference, call);
    if (!allowsMachine(this.#guard, machine)) await this.#refuseUnlessNamed(machine, reference, call);
    if (givesName.has(id)) this.#refuseForeignName(machine, String(input.name));
    return this.#findAt(machine, id, { ...input, vm: machine.id }, call);
  }

  /** Nobody makes a machine that they may not see afterwards. Where ids are no names, only patterns of names can match. */
  #refuseForeignName({ provider, host }: Place, name: string): void {
    if (!allowsMachine(this.#guard, { id: `${provider}:${host}/${name}`, name })) throw refusedMachine(name);
  }

  /** A machine given by id may be allowed by a pattern of its name. */
  async #refuseUnlessNamed(machine: ResolvedMachine, reference: string, call: CallContext): Promise<void> {
    if (machine.name !== undefined) throw refusedMachine(reference);
    const answer = await this.#getMachine(machine, call).catch(() => undefined);
    const found = (answer as { machine?: { id: string; name: string } } | undefined)?.machine;
    if (found === undefined || !allowsMachine(this.#guard, found)) throw refusedMachine(reference);
  }

  async #getMachine(machine: ResolvedMachine, call: CallContext): Promise<unknown> {
    const { slot, session, input } = await this.#findAt(machine, 'vm.get', { vm: machine.id }, call);
    return slot.run(session, input, call);
  }

  async #findAt({ provider, host }: Place, id: string, input: Input, call: CallContext): Promise<Answerer> {
    const { providers } = this.#services;
    const { operations, title } = await providers.load(provider);
    const slot = slotOf(operations, id);
    if (slot === undefined) {
      throw new Fault('unsupported', `${title} can not do ${id}.`, {
        remedy: 'See provider.list for what each provider can do.',
        data: { provider, tool: id },
      });
    }
    const refused = refusedFields(id, slot).find(field => isSet(id, field, input[field]));
    if (refused !== undefined) {
      throw new Fault('unsupported', `${title} can not honour the field "${refused}" of ${id}.`, {
        remedy: `Leave "${refused}" out.`,
        data: { provider, tool: id, field: refused },
      });
    }
    // Neither takes a signal: they are shared with other callers.
    await untilAborted(providers.requireAvailable(provider), call.signal, `The call of ${id}`);
    const session = await untilAborted(providers.session(provider, host), call.signal, `The call of ${id}`);
    return { name: title, slot, session, input };
  }

  /** The provider and the host that are named, or the only ones that can. */
  async #choosePlace(id: string, input: Input, call: CallContext): Promise<Place> {
    const { providers } = this.#services;
    const host = typeof input.host === 'string' ? input.host : undefined;
    if (typeof input.provider === 'string') return this.#chooseHost(providers.find(input.provider).id, id, host);
    if (host !== undefined && host !== localHost) return { provider: providers.providerOf(host), host };
    if (id.startsWith('image.')) return { provider: providers.find(engineProvider).id, host: localHost };
    const able = providers.enabled.filter(
      provider => provider.tools.includes(id) && (host === undefined || !provider.remote),
    );
    if (able.length === 0) throw nobodyCan(id);
    const places = able.flatMap(provider => providers.hosts(provider.id).map(name => [provider, name] as const));
    const [first, second] = places;
    if (first === undefined || (second === undefined && able.length === 1)) {
      return { provider: first?.[0].id ?? able[0]?.id ?? '', host: first?.[1] ?? localHost };
    }
    const usable = await untilAborted(providers.available(able), call.signal, `The call of ${id}`);
    const left = places.filter(([provider]) => usable.includes(provider));
    const [only] = left;
    if (only !== undefined && left.length === 1) return { provider: only[0].id, host: only[1] };
    throw severalCan(id, left.length > 0 ? left : places);
  }

  #chooseHost(provider: string, id: string, host: string | undefined): Place {
    const { providers } = this.#services;
    if (host !== undefined) return { provider, host };
    const [first, ...others] = providers.hosts(provider);
    if (others.length === 0) return { provider, host: first ?? localHost };
    const candidates = providers.hosts(provider);
    throw new Fault('ambiguous', `${providers.find(provider).title} has several hosts that could do ${id}.`, {
      remedy: `Set "host" to one of: ${candidates.join(', ')}.`,
      data: { field: 'host', candidates },
    });
  }
}

function nobodyCan(id: string): Fault {
  return new Fault('unsupported', `No provider that is enabled here can do ${id}.`, {
    remedy: 'See provider.list for what each provider can do.',
    data: { tool: id },
  });
}

function severalCan(id: string, places: readonly (readonly [{ readonly id: string }, string])[]): Fault {
  const candidates = [...new Set(places.map(([provider]) => provider.id))];
  if (candidates.length > 1) {
    return new Fault('ambiguous', `Several providers can do ${id}.`, {
      remedy: `Set "provider" to one of: ${candidates.join(', ')}.`,
      data: { field: 'provider', candidates },
    });
  }
  const hosts = places.map(([, host]) => host);
  return new Fault('ambiguous', `Several hosts can do ${id}.`, {
    remedy: `Set "host" to one of: ${hosts.join(', ')}.`,
    data: { field: 'host', candidates: hosts },
  });
}

function slotOf(table: object, id: string): Slot | undefined {
  const slots = table as Readonly<Record<string, Run | Partial<Slot> | undefined>>;
  const slot = Object.hasOwn(slots, id) ? slots[id] : undefined;
  if (slot === undefined) return undefined;
  if (typeof slot === 'function') return { run: slot, plan: undefined, without: [], also: [] };
  return slot.run && { run: slot.run, plan: slot.plan, without: slot.without ?? [], also: slot.also ?? [] };
}

function refusedFields(id: string, slot: Slot): string[] {
  const known: Readonly<Record<string, Tool>> = tools;
  const tool = known[id];
  return tool === undefined ? [] : listRefusedFields(tool.input, slot);
}

// A default that the schema filled in asks for nothing.
function isSet(id: string, field: string, value: unknown): boolean {
  const known: Readonly<Record<string, Tool>> = tools;
  const { data: unset } = known[id]?.input.shape[field]?.safeParse(undefined) ?? {};
  return value !== undefined && JSON.stringify(value) !== JSON.stringify(unset);
}
