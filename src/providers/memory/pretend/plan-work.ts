import type { PlanStep } from '../../../model/plan.ts';
import type { MemorySession } from '../session.ts';
import { idOf } from '../world/find.ts';
import type { World } from '../world/world.ts';
import type { Work } from './perform.ts';

/** What pieces of work, one after the other, would do; they are tried on a copy of the world. Throws where `perform` would at once. */
export async function planWork(
  { store }: MemorySession,
  signal: AbortSignal,
  works: readonly Omit<Work<unknown>, 'preset'>[],
): Promise<PlanStep[]> {
  const world = structuredClone(await store.read(signal));
  return works.map(work => {
    const machine = work.begin(world);
    work.finish(machine, world);
    return {
      summary: `${work.what} "${machine.name}".`,
      request: { to: 'the pretend world', body: { work: work.kind, vm: idOf(machine.name), steps: [...work.steps] } },
    };
  });
}

/** The same for a change that takes no time. */
export async function planChange(
  { store }: MemorySession,
  signal: AbortSignal,
  change: { readonly summary: string; readonly body: object; readonly apply: (world: World) => unknown },
): Promise<PlanStep[]> {
  change.apply(structuredClone(await store.read(signal)));
  return [{ summary: change.summary, request: { to: 'the pretend world', body: change.body } }];
}
