import { explainError } from '../errors/explain-error.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { Machine } from '../model/machine.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import { untilAborted } from './until-aborted.ts';

/** How long the slowest provider may take; the others' rows do not wait longer for it. */
const deadlineMilliseconds = 5000;
const pageSize = 1000;

export interface MissingProvider {
  readonly provider: string;
  readonly reason: string;
  readonly remedy?: string;
}

export interface FanOut {
  readonly machines: Machine[];
  readonly missing: MissingProvider[];
}

/** Asks the given providers side by side. One that fails or is late is named in `missing`; the rest are not held up. */
export async function listAllMachines(
  registry: ProviderRegistry,
  ids: readonly string[],
  call: CallContext,
): Promise<FanOut> {
  const answers = await Promise.all(ids.map(id => listOne(registry, id, call)));
  if (call.signal.aborted) throw cancelledFault(call.signal, 'Listing the machines');
  return {
    machines: answers.flatMap(answer => answer.machines).sort((a, b) => (a.id < b.id ? -1 : 1)),
    missing: answers.flatMap(answer => answer.missing),
  };
}

async function listOne(registry: ProviderRegistry, id: string, call: CallContext): Promise<FanOut> {
  const late = new Fault('timeout', `No answer within ${deadlineMilliseconds / 1000} s.`);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(late), deadlineMilliseconds);
  const signal = AbortSignal.any([call.signal, deadline.signal]);
  try {
    return await untilAborted(askProvider(registry, id, { ...call, signal }), signal, 'Listing the machines');
  } catch (error) {
    if (call.signal.aborted) throw cancelledFault(call.signal, 'Listing the machines');
    return { machines: [], missing: [{ provider: id, ...explainError(error) }] };
  } finally {
    clearTimeout(timer);
  }
}

async function askProvider(registry: ProviderRegistry, id: string, call: CallContext): Promise<FanOut> {
  await registry.requireAvailable(id);
  const { operations } = await registry.load(id);
  const slot = operations['vm.list'];
  if (slot === undefined) return { machines: [], missing: [] };
  const run = typeof slot === 'function' ? slot : slot.run;
  const session = await registry.session(id);
  const machines: Machine[] = [];
  for (let total = 1; machines.length < total; ) {
    const page = await run(session, { limit: pageSize, offset: machines.length }, call);
    machines.push(...page.machines);
    total = page.machines.length === 0 ? 0 : page.total;
  }
  return { machines: machines.filter(machine => registry.allowsMachine(machine)), missing: [] };
}
