import { suggestWords } from '../../../errors/near-words.ts';
import type { ParameterValue } from '../client/request.ts';
import { type ApiMethod, type Definition, isSet } from './api-schema.ts';
import { type ApiValue, checkValue, takesList } from './check-value.ts';
import { describeDefinition } from './describe-definition.ts';

/** One parameter that cannot be sent. Its value is never told: it may be a secret. */
export interface ParameterProblem {
  readonly field: string;
  readonly problem: string;
  readonly wants?: string;
}

export interface CheckedParameters {
  readonly problems: readonly ParameterProblem[];
  /** As they are sent. */
  readonly params: Readonly<Record<string, ParameterValue>>;
}

/** Holds parameters against what a method declares: all that is wrong at once. */
export function checkParameters(method: ApiMethod, given: Readonly<Record<string, ApiValue>>): CheckedParameters {
  const problems: ParameterProblem[] = [];
  const params: Record<string, ParameterValue> = {};
  for (const [field, value] of Object.entries(given)) {
    const definition = findDefinition(method, field);
    if (definition === undefined) {
      problems.push(unknownParameter(method, field));
      continue;
    }
    const problem = checkValue(definition, value);
    if (problem !== undefined) problems.push({ field, problem, wants: describeDefinition(definition) });
    params[field] = toSend(definition, value);
  }
  return { problems: [...problems, ...findMissing(method, given), ...findMisplaced(method, given)], params };
}

/** `net0` is declared as `net[n]`; how many there may be only the server knows. */
export function findDefinition({ parameters }: ApiMethod, name: string): Definition | undefined {
  if (Object.hasOwn(parameters, name) && !name.endsWith('[n]')) return parameters[name];
  const family = /^([A-Za-z]+)(0|[1-9]\d{0,3})$/.exec(name)?.[1];
  const declared = `${family}[n]`;
  return family !== undefined && Object.hasOwn(parameters, declared) ? parameters[declared] : undefined;
}

function unknownParameter({ parameters }: ApiMethod, field: string): ParameterProblem {
  const near = suggestWords(field, Object.keys(parameters)).trim();
  return { field: field.slice(0, 100), problem: 'is not taken here', ...(near === '' ? {} : { wants: near }) };
}

function findMissing(method: ApiMethod, given: Readonly<Record<string, ApiValue>>): ParameterProblem[] {
  const required = Object.entries(method.parameters)
    .filter(([name, { optional }]) => !isSet(optional) && !name.endsWith('[n]') && !Object.hasOwn(given, name))
    .map(([field, definition]) => ({ field, problem: 'is missing', wants: describeDefinition(definition) }));
  const companions = Object.keys(given).flatMap(name => {
    const needed = findDefinition(method, name)?.requires;
    if (needed === undefined || Object.hasOwn(given, needed)) return [];
    return [{ field: needed, problem: `is missing, and ${name} needs it` }];
  });
  return [...required, ...companions];
}

/** Some parameters are for one kind of thing only, which another parameter names. */
function findMisplaced(method: ApiMethod, given: Readonly<Record<string, ApiValue>>): ParameterProblem[] {
  return Object.keys(given).flatMap(field => {
    const { 'type-property': by, 'instance-types': kinds } = findDefinition(method, field) ?? {};
    const kind = by === undefined ? undefined : given[by];
    if (kinds === undefined || typeof kind !== 'string' || kinds.includes(kind)) return [];
    return [{ field, problem: `is not for this ${by}`, wants: `${by}: ${kinds.join(', ')}` }];
  });
}

function toSend(definition: Definition, value: ApiValue): ParameterValue {
  if (definition.type === 'array') return typeof value === 'object' ? value : [String(value)];
  if (typeof value === 'object' && takesList(definition)) return value.join(',');
  return value;
}
