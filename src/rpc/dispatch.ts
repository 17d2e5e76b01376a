import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BridgeServices } from '../bridge/bridge-services.ts';
import type { Configuration } from '../bridge/configuration/schema.ts';
import { Operations } from '../bridge/operations/registry.ts';
import { tools } from '../catalog/tools.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import { ProviderRegistry } from '../inventory/provider-registry.ts';
import type { CallContext, Progress } from '../model/call.ts';
import type { Plan } from '../model/plan.ts';
import type { Tool } from '../tools/define-tool.ts';
import { effectOfCall } from '../tools/derive/effect-of-call.ts';
import { wireInput } from '../tools/derive/wire-schemas.ts';
import { type AuditedCall, auditCall } from './audit-call.ts';
import type { Caller } from './bridge.ts';
import { checkOutput } from './check-output.ts';
import { asFault } from './faults.ts';
import { allowsMachine, type GuardSettings, refuseNewFile, refuseTool, refuseWithoutPerson } from './guard.ts';
import { hideMachines, hideMachinesOf } from './hide-machines.ts';
import { parseInput } from './parse-input.ts';
import { Router } from './route.ts';
import type { OfferedProvider } from './tool-list.ts';
import { version } from './version.ts';

/** How long closing waits for calls to clean up. */
const cleanUpMilliseconds = 30_000;

export interface DispatcherSettings {
  readonly paths: Paths;
  readonly configuration: Configuration;
  readonly guard: GuardSettings;
  readonly log: Log;
}

/** The only caller of an operation: guard, input, route, run, output, audit. */
export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #services: BridgeServices;
  readonly #router: Router;
  readonly #inputs = new Map<string, ReturnType<typeof wireInput>>();
  readonly #short = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(settings: DispatcherSettings) {
    const { paths, configuration, log, guard } = settings;
    this.#settings = settings;
    this.#services = {
      paths,
      configuration,
      log,
      operations: new Operations({ folder: path.join(paths.state, 'operations'), log }),
      providers: new ProviderRegistry({
        paths,
        log,
        version,
        providers: configuration.providers ?? {},
        engine: configuration.engine ?? {},
        allowsMachine: machine => allowsMachine(guard, machine),
      }),
    };
    this.#router = new Router(this.#services, guard);
  }

  async call(id: string, rawInput: unknown, caller: Caller): Promise<Record<string, unknown>> {
    const call: AuditedCall = { tool: findTool(id), rawInput, caller, startedAt: performance.now() };
    let input: Record<string, unknown>;
    try {
      input = this.#admit(call);
      const refused = refuseWithoutPerson(call.tool, caller.door, input);
      if (refused !== undefined) throw refused;
    } catch (error) {
      const fault = asFault(error, `The call of ${id}`);
      this.#audit(call, fault.code);
      throw fault;
    }
    return call.tool.long ? this.#runLong(call, input) : this.#runShort(call, input);
  }

  /** What a call would do; nothing is done, so that no person has to approve it, and the audit log has nothing to tell. */
  async plan(id: string, rawInput: unknown, caller: Caller): Promise<Plan> {
    const tool = findTool(id);
    const what = `Planning ${id}`;
    const signal = AbortSignal.any([caller.signal, this.#closing.signal]);
    try {
      const { wait: _, ...input } = this.#admit({ tool, rawInput, caller, startedAt: performance.now() });
      const found = await this.#router.plan(id, input, { signal, door: caller.door, progress: () => {} });
      const { target, steps } = hideMachines(this.#settings.guard, found);
      return { tool: id, effect: effectOfCall(tool, input), ...(target === undefined ? {} : { target }), steps };
    } catch (error) {
      if (signal.aborted && !(error instanceof Fault)) throw cancelledFault(signal, what);
      throw this.#withLog(hideMachinesOf(this.#settings.guard, asFault(error, what)));
    }
  }

  /** The providers that can be used at this moment. */
  availableProviders(): Promise<OfferedProvider[]> {
    const { providers } = this.#services;
    return providers.available(providers.enabled);
  }

  /** Cancels what runs and waits until it has cleaned up. */
  async close(): Promise<void> {
    this.#closing.abort(new Fault('cancelled', 'vmbridge is shutting down.'));
    const { operations, providers } = this.#services;
    await Promise.all([operations.close(), settled(this.#short, cleanUpMilliseconds)]);
    await providers.close();
  }

  /** The checked input of a call that may be made. */
  #admit({ tool, rawInput, caller }: AuditedCall): Record<string, unknown> {
    if (this.#closing.signal.aborted) throw new Fault('unavailable', 'vmbridge is shutting down.');
    const refusal = refuseTool(this.#settings.guard, tool);
    if (refusal !== undefined) throw refusal;
    const input = parseInput(tool.id, this.#inputSchema(tool), rawInput);
    const refusedFile = refuseNewFile(this.#settings.guard, tool, input);
    if (refusedFile !== undefined) throw refusedFile;
    if (caller.signal.aborted) throw cancelledFault(caller.signal, `The call of ${tool.id}`);
    return input;
  }

  async #runShort(call: AuditedCall, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { tool, caller } = call;
    const work = this.#run(tool, input, {
      signal: AbortSignal.any([caller.signal, this.#closing.signal]),
      door: caller.door,
      progress: update => tell(caller, update),
    });
    this.#short.add(work);
    try {
      const output = await work;
      this.#audit(call, 'succeeded');
      return output;
    } catch (error) {
      const fault = asFault(error, `The call of ${tool.id}`);
      this.#audit(call, fault.code);
      this.#log(fault);
      throw this.#withLog(fault);
    } finally {
      this.#short.delete(work);
    }
  }

  async #runLong(call: AuditedCall, rawInput: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { tool, caller } = call;
    const { wait, ...input } = rawInput;
    const operation = this.#services.operations.start(tool.id, (signal, progress) =>
      this.#run(tool, input, { signal, door: caller.door, progress }),
    );
    // Told by the work's end, not by the call's: the caller may be gone by then.
    void operation.ended.then(() => {
      this.#audit(call, operation.fault?.code ?? 'succeeded', operation.id);
      if (operation.fault !== undefined) this.#log(operation.fault);
    });
    const stopListening = operation.listen(update => tell(caller, update));
    const giveUp = () => operation.cancel(cancelledFault(caller.signal, `The call of ${tool.id}`));
    caller.signal.addEventListener('abort', giveUp, { once: true });
    await waitFor(operation.ended, Number(wait) * 1000, caller.signal);
    // A cancelled call is answered only when its work has cleaned up.
    if (caller.signal.aborted) await operation.ended;
    stopListening();
    caller.signal.removeEventListener('abort', giveUp);
    if (operation.running) this.#audit(call, 'running', operation.id);
    if (operation.fault !== undefined) throw withOperation(this.#withLog(operation.fault), operation.id);
    return { operation: operation.summary(), ...(operation.result === undefined ? {} : { result: operation.result }) };
  }

  async #run(tool: Tool, input: Record<string, unknown>, call: CallContext): Promise<Record<string, unknown>> {
    const { guard } = this.#settings;
    try {
      return hideMachines(guard, checkOutput(tool, await this.#router.run(tool.id, input, call)));
    } catch (error) {
      const what = `The call of ${tool.id}`;
      if (call.signal.aborted && !(error instanceof Fault)) throw cancelledFault(call.signal, what);
      throw hideMachinesOf(guard, asFault(error, what));
    }
  }

  #inputSchema(tool: Tool): ReturnType<typeof wireInput> {
    let schema = this.#inputs.get(tool.id);
    if (schema === undefined) {
      schema = wireInput(tool);
      this.#inputs.set(tool.id, schema);
    }
    return schema;
  }

  /** What points to vmbridge or the host itself goes into the log with its cause, which no answer shows. */
  #log(fault: Fault): void {
    if (!isLogged(fault)) return;
    const cause = fault.cause instanceof Error ? fault.cause.stack : fault.cause;
    this.#settings.log.error(fault.message, {
      code: fault.code,
      data: fault.data,
      ...(cause === undefined ? {} : { cause: String(cause) }),
    });
  }

  #withLog(fault: Fault): Fault {
    if (!isLogged(fault)) return fault;
    return fault.with({ log: fault.log ?? this.#settings.log.file });
  }

  #audit(call: AuditedCall, outcome: string, operation?: string): void {
    auditCall(this.#settings.paths.logs, this.#settings.log, call, outcome, operation);
  }
}

function isLogged({ code }: Fault): boolean {
  return code === 'failed' || code === 'host_fault';
}

// A door whose client is gone must not fail the work that goes on.
function tell(caller: Caller, update: Progress): void {
  try {
    caller.progress?.(update);
  } catch {}
}

/** Resolves when all have ended, well or badly, or when the time is over. */
async function settled(work: Iterable<Promise<unknown>>, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  const timeUp = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([Promise.allSettled(work), timeUp]);
  timer.abort();
}

function findTool(id: string): Tool {
  const known: Readonly<Record<string, Tool>> = tools;
  const tool = Object.hasOwn(known, id) ? known[id] : undefined;
  if (tool !== undefined) return tool;
  throw new Fault('not_found', `There is no tool "${id.slice(0, 100)}".`, {
    remedy: 'See "vmbridge tools" for those there are.',
    data: { field: 'tool' },
  });
}

function withOperation(fault: Fault, operation: string): Fault {
  return fault.with({ data: { ...fault.data, operation } });
}

/** Resolves at the first of: the end, the time, the abort. */
async function waitFor(ended: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  // setTimeout takes 32 bits; a longer wait means "until the end".
  const timer = milliseconds < 2 ** 31 ? setTimeout(stop, milliseconds) : undefined;
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([ended, promise]);
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
}
