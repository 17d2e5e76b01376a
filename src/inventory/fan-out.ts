import { explainError } from '../errors/explain-error.ts';
import { cancelledFault, Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { MissingPart } from '../model/inventory.ts';
import type { Place } from './place.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import { untilAborted } from './until-aborted.ts';

/** How long the slowest may take, unless the configuration says otherwise; the others' answers do not wait longer for it. */
const defaultDeadlineMilliseconds = 5000;

export interface PlaceAnswer<Value> {
  readonly place: Place;
  /** Undefined where there was no answer; `missing` then says why. */
  readonly value: Value | undefined;
  readonly missing: MissingPart | undefined;
}

export interface FanOut<Value> {
  readonly registry: ProviderRegistry;
  readonly places: readonly Place[];
  readonly call: CallContext;
  /** What is done, for Faults, e.g. "Listing the machines". */
  readonly what: string;
  readonly ask: (place: Place, call: CallContext) => Promise<Value>;
}

export function deadlineOf(registry: ProviderRegistry): number {
  return registry.deadlineMilliseconds ?? defaultDeadlineMilliseconds;
}

/** Asks all places side by side, each with its deadline. One that fails or is late says why; the rest are not held up. */
export async function fanOut<Value>(asked: FanOut<Value>): Promise<PlaceAnswer<Value>[]> {
  const { places, call, what } = asked;
  const answers = await Promise.all(places.map(place => askOne(asked, place)));
  if (call.signal.aborted) throw cancelledFault(call.signal, what);
  return answers;
}

async function askOne<Value>({ registry, call, what, ask }: FanOut<Value>, place: Place): Promise<PlaceAnswer<Value>> {
  const milliseconds = deadlineOf(registry);
  const late = new Fault('timeout', `No answer within ${milliseconds / 1000} s.`, {
    remedy:
      'Look whether it can be reached; "inventory.deadlineSeconds" in the configuration says how long it may take.',
  });
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(late), milliseconds);
  const signal = AbortSignal.any([call.signal, deadline.signal]);
  try {
    const value = await untilAborted(ask(place, { ...call, signal }), signal, what);
    return { place, value, missing: undefined };
  } catch (error) {
    if (call.signal.aborted) throw cancelledFault(call.signal, what);
    // Whatever it was told, what was too late was too late.
    const reason = deadline.signal.aborted ? late : error;
    return { place, value: undefined, missing: { ...place, ...explainError(reason) } };
  } finally {
    clearTimeout(timer);
  }
}
