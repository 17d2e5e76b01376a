import type { SortKey } from '../model/inventory.ts';
import type { Machine, MachineKind, MachineState } from '../model/machine.ts';
import { matchName } from './name-pattern.ts';

/** Which machines are meant; what is left out does not matter. Providers and hosts are chosen before. */
export interface MachineFilter {
  readonly state?: MachineState | undefined;
  readonly kind?: MachineKind | undefined;
  readonly tag?: string | undefined;
  readonly name?: string | undefined;
  readonly text?: string | undefined;
}

type Test = (machine: Machine) => boolean;

/** The machines that fit, in the order in which they are given. */
export function filterMachines(machines: readonly Machine[], filter: MachineFilter): readonly Machine[] {
  const tests = testsOf(filter);
  return tests.length === 0 ? machines : machines.filter(machine => tests.every(test => test(machine)));
}

function testsOf({ state, kind, tag, name, text }: MachineFilter): Test[] {
  const tests: Test[] = [];
  if (state !== undefined) tests.push(machine => machine.state === state);
  if (kind !== undefined) tests.push(machine => machine.kind === kind);
  if (tag !== undefined) {
    const fits = matchName(tag);
    tests.push(({ tags = [] }) => tags.some(fits));
  }
  if (name !== undefined) {
    const fits = matchName(name);
    tests.push(machine => fits(machine.name));
  }
  if (text !== undefined) tests.push(containsText(text.toLowerCase()));
  return tests;
}

function containsText(wanted: string): Test {
  return machine => {
    const {
      id,
      otherIds = [],
      name,
      node,
      tags = [],
      nativeState,
      networks = [],
      image,
      uuid,
      lock,
      problem,
    } = machine;
    const texts = [id, name, node, nativeState, image, uuid, lock, problem, ...otherIds, ...tags, ...networks];
    return texts.some(text => text?.toLowerCase().includes(wanted));
  };
}

/** In another order than by id, in which they come. Those without the value come last, equal ones by id. */
export function sortMachines(machines: readonly Machine[], order: string | undefined): readonly Machine[] {
  const descending = order?.startsWith('-') ?? false;
  const key = (descending ? order?.slice(1) : order) as SortKey | undefined;
  if (key === undefined) return machines;
  if (key === 'id') return descending ? machines.toReversed() : machines;
  return machines.toSorted((a, b) => compareBy(a[key], b[key], descending));
}

/** The sort is stable: what is equal stays in the order of ids. */
function compareBy(a: string | number | undefined, b: string | number | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a === b) return 0;
  return a < b === descending ? 1 : -1;
}
