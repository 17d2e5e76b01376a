import type { InverseCall } from '../../model/undo.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface UndoFacts {
  readonly input: Fields;
  readonly output: Fields;
  /** What vm.get told before the change, the machine's fields at the top. */
  readonly before: Fields;
}

/** The input of the inverse call; what the facts do not tell is left out. */
export function fillTemplate({ input: template, given }: InverseCall, facts: UndoFacts): Record<string, unknown> {
  const filled = Object.entries(template).map(([field, value]) => [field, fillValue(value, facts)] as const);
  return Object.fromEntries(
    filled.filter(([field, value]) => {
      if (value === undefined) return false;
      return given !== true || field === 'vm' || isGiven(facts.input[field]);
    }),
  );
}

/** Fields that the call set and the inverse can not put back. */
export function listUncovered({ given }: InverseCall, input: Fields, inverse: Fields): string[] {
  if (given !== true) return [];
  return Object.keys(input).filter(field => field !== 'vm' && isGiven(input[field]) && inverse[field] === undefined);
}

/** Whether something in the template stands for the state before. */
export function needsBefore({ input, when }: InverseCall): boolean {
  return when !== undefined || Object.values(input).some(value => String(value).startsWith('$before'));
}

/** A switch that is off was not set. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}

function fillValue(value: unknown, facts: UndoFacts): unknown {
  const [, source, path = ''] = /^\$(input|output|before)\.(.+)$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (source === undefined) return value;
  return path.split('.').reduce<unknown>(stepInto, facts[source as keyof UndoFacts]);
}

function stepInto(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
