import type { BridgeServices } from '../bridge/bridge-services.ts';
import { type Observed, observeAnswer } from '../bridge/observe-machine.ts';
import type { Operation } from '../bridge/operations/operation.ts';
import { UndoRecorder } from '../bridge/undo/undo-recorder.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import type { CallContext, Progress } from '../model/call.ts';
import type { Plan } from '../model/plan.ts';
import type { UndoNote } from '../model/undo.ts';
import { type AdmittedCall, admitCall, findTool } from './admitted-call.ts';
import { ApprovalDesk, type Sight } from './approvals/approval-desk.ts';
import { maskSecrets } from './approvals/mask-secrets.ts';
import { needsApproval } from './approvals/needs-approval.ts';
import { type AuditedCall, auditCall } from './audit-call.ts';
import { auditInput } from './audit-input.ts';
import type { Bridge, Caller } from './bridge.ts';
import { checkOutput } from './check-output.ts';
import { asFault } from './faults.ts';
import { hideMachines, hideMachinesOf } from './hide-machines.ts';
import { type DispatcherSettings, openServices } from './open-services.ts';
import type { Router } from './route.ts';
import type { OfferedProvider } from './tool-list.ts';
import { settled, waitFor } from './wait-for.ts';
import type { MachineWatches } from './watch-machines.ts';

/** How long closing waits for calls to clean up. */
const cleanUpMilliseconds = 30_000;

interface Done {
  readonly output: Record<string, unknown>;
  readonly undo?: UndoNote | undefined;
}

/** The only caller of an operation: guard, input, approval, route, run, output, audit. */
export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #services: BridgeServices;
  readonly #router: Router;
  readonly #desk: ApprovalDesk;
  readonly #short = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #watches: Promise<MachineWatches> | undefined;

  constructor(settings: DispatcherSettings) {
    const { services, router } = openServices(settings);
    this.#settings = settings;
    this.#services = services;
    this.#router = router;
    this.#desk = new ApprovalDesk(services.approvals);
  }

  async call(id: string, rawInput: unknown, caller: Caller): Promise<Record<string, unknown>> {
    const call: AuditedCall = { tool: findTool(id), rawInput, caller, startedAt: performance.now() };
    let admitted: AdmittedCall;
    try {
      admitted = await this.#admit(call);
      await this.#obtainApproval(call, admitted);
    } catch (error) {
      const fault = hideMachinesOf(this.#settings.guard, asFault(error, `The call of ${id}`));
      this.#audit(call, fault.code);
      this.#log(fault);
      throw this.#withLog(fault);
    }
    return call.tool.long ? this.#runLong(call, admitted) : this.#runShort(call, admitted);
  }

  /** What a call would do; nothing is done, so that no person has to approve it, and the audit log has nothing to tell. */
  async plan(id: string, rawInput: unknown, caller: Caller): Promise<Plan> {
    const tool = findTool(id);
    const what = `Planning ${id}`;
    const signal = AbortSignal.any([caller.signal, this.#closing.signal]);
    try {
      const admitted = await this.#admit({ tool, rawInput, caller, startedAt: performance.now() });
      return { tool: id, ...(await this.#findPlan(admitted, { signal, door: caller.door, progress: () => {} })) };
    } catch (error) {
      if (signal.aborted && !(error instanceof Fault)) throw cancelledFault(signal, what);
      throw this.#withLog(hideMachinesOf(this.#settings.guard, asFault(error, what)));
    }
  }

  /** The machines that fit, and what becomes of them. */
  async watch(...parameters: Parameters<Bridge['watch']>): ReturnType<Bridge['watch']> {
    if (this.#closing.signal.aborted) throw new Fault('unavailable', 'vmbridge is shutting down.');
    this.#watches ??= import('./watch-machines.ts').then(
      ({ MachineWatches }) => new MachineWatches(this.#services, this.#settings.guard),
    );
    return (await this.#watches).watch(...parameters);
  }

  /** The providers that can be used at this moment. */
  availableProviders(): Promise<OfferedProvider[]> {
    return this.#services.providers.offered();
  }

  /** Cancels what runs and waits until it has cleaned up. */
  async close(): Promise<void> {
    this.#closing.abort(new Fault('cancelled', 'vmbridge is shutting down.'));
    const { operations, providers } = this.#services;
    (await this.#watches)?.close();
    await Promise.all([operations.close(), settled(this.#short, cleanUpMilliseconds)]);
    await providers.close();
  }

  /** The checked call, where it may be made. */
  async #admit({ tool, rawInput, caller }: AuditedCall): Promise<AdmittedCall> {
    if (this.#closing.signal.aborted) throw new Fault('unavailable', 'vmbridge is shutting down.');
    return admitCall(this.#settings.guard, this.#services, tool, rawInput, caller);
  }

  async #findPlan(
    { tool, input, effect, checkpointFirst }: AdmittedCall,
    call: CallContext,
  ): Promise<Omit<Plan, 'tool'>> {
    const found = await this.#router.plan(tool.id, input, call);
    const { target, steps } = hideMachines(this.#settings.guard, found);
    const first = checkpointFirst ? [{ summary: 'Make a checkpoint of the machine.' }] : [];
    return { effect, ...(target === undefined ? {} : { target }), steps: [...first, ...steps] };
  }

  /** Resolves when the call needs no person's approval, or has it. */
  async #obtainApproval(call: AuditedCall, admitted: AdmittedCall): Promise<void> {
    const { caller } = call;
    const { tool, input, checkpointFirst, effect } = admitted;
    if (!needsApproval(tool.id, effect, caller.door, this.#settings.configuration.approvals)) return;
    const signal = AbortSignal.any([caller.signal, this.#closing.signal]);
    try {
      call.approval = await this.#desk.obtain({
        tool: tool.id,
        input: { ...input, checkpointFirst },
        people: caller.people,
        look: () => this.#look(call, admitted, { signal, door: caller.door, progress: () => {} }),
        note: (outcome, approval) => {
          const { logs } = this.#settings.paths;
          auditCall(logs, this.#settings.log, { ...call, approval }, outcome);
        },
      });
    } catch (error) {
      if (signal.aborted && !(error instanceof Fault)) throw cancelledFault(signal, `The call of ${tool.id}`);
      throw error;
    }
  }

  /** What a person is to decide about: the plan, without secrets, and the machine as it is. */
  async #look({ caller }: AuditedCall, admitted: AdmittedCall, context: CallContext): Promise<Sight> {
    const { tool, act, input } = admitted;
    const { effect, target, steps } = await this.#findPlan(admitted, context);
    const shown = auditInput(act.tool, act.input) as Record<string, unknown>;
    const name = act.tool === tool ? tool.id : `${tool.id} by ${act.tool.id}`;
    const request = {
      tool: name,
      effect,
      ...(target === undefined ? {} : { target }),
      input: shown,
      steps: maskSecrets(act.tool, act.input, steps),
      ...(caller.client === undefined ? {} : { client: caller.client.slice(0, 200) }),
    };
    return { request, observed: await this.#observe(act.input.vm ?? input.vm, context) };
  }

  /** Undefined where the call is about no machine, or its provider tells nothing of it. */
  async #observe(vm: unknown, call: CallContext): Promise<Observed | undefined> {
    if (typeof vm !== 'string') return undefined;
    try {
      return observeAnswer((await this.#router.run('vm.get', { vm }, call)) as object);
    } catch (error) {
      if (error instanceof Fault && error.code === 'unsupported') return undefined;
      throw error;
    }
  }

  async #runShort(call: AuditedCall, admitted: AdmittedCall): Promise<Record<string, unknown>> {
    const { tool, caller } = call;
    const work = this.#run(admitted, {
      signal: AbortSignal.any([caller.signal, this.#closing.signal]),
      door: caller.door,
      progress: update => tell(caller, update),
    });
    this.#short.add(work);
    try {
      const { output, undo } = await work;
      this.#audit(call, 'succeeded');
      return undo === undefined ? output : { ...output, undo };
    } catch (error) {
      const fault = asFault(error, `The call of ${tool.id}`);
      this.#audit(call, fault.code);
      this.#log(fault);
      throw this.#withLog(fault);
    } finally {
      this.#short.delete(work);
    }
  }

  async #runLong(call: AuditedCall, admitted: AdmittedCall): Promise<Record<string, unknown>> {
    const { tool, caller } = call;
    const operation: Operation = this.#services.operations.start(tool.id, async (signal, progress) => {
      const { output, undo } = await this.#run(admitted, { signal, door: caller.door, progress });
      operation.undo = undo;
      return output;
    });
    // Told by the work's end, not by the call's: the caller may be gone by then.
    void operation.ended.then(() => {
      this.#audit(call, operation.fault?.code ?? 'succeeded', operation.id);
      if (operation.fault !== undefined) this.#log(operation.fault);
    });
    const stopListening = operation.listen(update => tell(caller, update));
    const giveUp = () => operation.cancel(cancelledFault(caller.signal, `The call of ${tool.id}`));
    caller.signal.addEventListener('abort', giveUp, { once: true });
    await waitFor(operation.ended, admitted.wait * 1000, caller.signal);
    // A cancelled call is answered only when its work has cleaned up.
    if (caller.signal.aborted) await operation.ended;
    stopListening();
    caller.signal.removeEventListener('abort', giveUp);
    if (operation.running) this.#audit(call, 'running', operation.id);
    if (operation.fault !== undefined) throw withOperation(this.#withLog(operation.fault), operation.id);
    return describeOperation(operation);
  }

  async #run({ tool, input, checkpointFirst, effect }: AdmittedCall, call: CallContext): Promise<Done> {
    const { guard } = this.#settings;
    const { undo } = tool;
    try {
      const change = { tool: tool.id, undo: undo ?? { irreversible: '' }, input, checkpointFirst };
      const recorder = new UndoRecorder(this.#services.undo, (...inner) => this.#router.run(...inner), change);
      const isChange = undo !== undefined && effect !== 'read';
      if (isChange) await recorder.prepare(call);
      const output = hideMachines(guard, checkOutput(tool, await this.#router.run(tool.id, input, call)));
      return isChange ? { output, undo: await recorder.note(output, call) } : { output };
    } catch (error) {
      const what = `The call of ${tool.id}`;
      if (call.signal.aborted && !(error instanceof Fault)) throw cancelledFault(call.signal, what);
      throw hideMachinesOf(guard, asFault(error, what));
    }
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

function describeOperation(operation: Operation): Record<string, unknown> {
  const { result, undo } = operation;
  return {
    operation: operation.summary(),
    ...(result === undefined ? {} : { result }),
    ...(undo === undefined ? {} : { undo }),
  };
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

function withOperation(fault: Fault, operation: string): Fault {
  return fault.with({ data: { ...fault.data, operation } });
}
