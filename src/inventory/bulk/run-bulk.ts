import type { ToolInput, ToolOutput } from '../../catalog/types.ts';
import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { CallContext } from '../../model/call.ts';
import type { FaultReport } from '../../model/fault-report.ts';
import type { Machine } from '../../model/machine.ts';
import type { InventoryServices } from '../inventory-services.ts';
import { type ActionCall, actionCall } from './action-calls.ts';
import { chooseMachines } from './choose-machines.ts';

type Result = ToolOutput<'vm.bulk'>['results'][number];

/**
 * The same call for every machine that is meant, so many at a time. What befalls one is its own result; a cancelled call waits
 * for those under way and tells in its Fault how far it came.
 */
export async function runBulk(
  services: InventoryServices,
  input: ToolInput<'vm.bulk'>,
  call: CallContext,
): Promise<ToolOutput<'vm.bulk'>> {
  const action = actionCall(input);
  const { machines, missing } = await chooseMachines(services.providers, input, call);
  const results = await new BulkRun(services, action, call).run(machines, input);
  if (call.signal.aborted) throw cancelledFault(call.signal, `The bulk ${input.action}`).with({ data: { results } });
  const count = (outcome: Result['outcome']) => results.filter(result => result.outcome === outcome).length;
  return { results, succeeded: count('succeeded'), failed: count('failed'), missing: [...missing] };
}

class BulkRun {
  readonly #services: InventoryServices;
  readonly #action: ActionCall;
  readonly #call: CallContext;
  #failed = false;
  #done = 0;

  constructor(services: InventoryServices, action: ActionCall, call: CallContext) {
    this.#services = services;
    this.#action = action;
    this.#call = call;
  }

  async run(machines: readonly Machine[], { parallel, stopOnFailure }: ToolInput<'vm.bulk'>): Promise<Result[]> {
    const results: Result[] = [];
    let next = 0;
    const worker = async () => {
      for (let index = next++; index < machines.length; index = next++) {
        const machine = machines[index];
        if (machine === undefined) return;
        const isOver = this.#call.signal.aborted || (stopOnFailure && this.#failed);
        const result = isOver ? this.#leave(machine) : await this.#act(machine);
        results[index] = result;
        this.#tell(result, machines.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, machines.length) }, worker));
    return results;
  }

  #leave({ id, name }: Machine): Result {
    return { id, name, outcome: this.#call.signal.aborted ? 'cancelled' : 'skipped', milliseconds: 0 };
  }

  async #act({ id, name }: Machine): Promise<Result> {
    const startedAt = performance.now();
    const milliseconds = () => Math.round(performance.now() - startedAt);
    const { tool, input } = this.#action;
    try {
      // How far each is would only be in the way of how far all are.
      await this.#services.run(tool, { ...input, vm: id }, { ...this.#call, progress: () => {} });
      return { id, name, outcome: 'succeeded', milliseconds: milliseconds() };
    } catch (error) {
      this.#failed = true;
      const outcome = this.#call.signal.aborted ? 'cancelled' : 'failed';
      return { id, name, outcome, fault: reportOf(error), milliseconds: milliseconds() };
    }
  }

  #tell({ name, outcome }: Result, total: number): void {
    this.#done++;
    this.#call.progress({ fraction: this.#done / total, message: `${name}: ${outcome} (${this.#done} of ${total})` });
  }
}

function reportOf(error: unknown): FaultReport {
  if (!(error instanceof Fault))
    return { code: 'failed', message: error instanceof Error ? error.message : String(error) };
  const { code, message, remedy, data, log } = error;
  return {
    code,
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(data === undefined ? {} : { data: { ...data } }),
    ...(log === undefined ? {} : { log }),
  };
}
