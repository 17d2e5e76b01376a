import { hostReference } from '../../model/host.ts';
import { machineReference } from '../../model/machine.ts';
import type { JsonSchema } from './json-schema.ts';
import { checkpointMeaning, waitMeaning } from './wire-schemas.ts';

/** Limits of texts and lists: the server checks them, and says so in words when one is passed. The rest are marks of ours. */
const leftOut = new Set([
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'propertyNames',
  'secret',
  'optIn',
]);

/** What fields of many tools mean: a model is told once, in the instructions. */
const toldOnce: ReadonlySet<unknown> = new Set([
  machineReference.description,
  hostReference.description,
  waitMeaning,
  checkpointMeaning,
]);

/** A schema of input without what nobody has to know beforehand. Whatever fits the whole schema fits this one. */
export function toLeanInput(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword, value]) => !leftOut.has(keyword) && !isEvident(keyword, value, schema))
      .map(([keyword, value]) => [keyword, leanValue(keyword, value)]),
  );
}

/** A schema within another one: that it takes no other fields, the server says when it is asked. */
function toLeanPart(schema: JsonSchema): JsonSchema {
  const { additionalProperties, ...rest } = toLeanInput(schema);
  return additionalProperties === false || additionalProperties === undefined
    ? rest
    : { ...rest, additionalProperties };
}

/** A number from which on a limit only keeps nonsense out. */
const generous = 1000;

/** That a count is not negative goes without saying, and so do the type of values that are listed and what was told. */
function isEvident(keyword: string, value: unknown, schema: JsonSchema): boolean {
  if (keyword === 'type') return schema.enum !== undefined;
  if (keyword === 'description') return toldOnce.has(value);
  // No switch of any tool is on by default.
  if (keyword === 'default') return value === false;
  if (keyword === 'maximum') return typeof value === 'number' && value >= generous;
  return keyword === 'minimum' && (value === 0 || value === 1);
}

function leanValue(keyword: string, value: unknown): unknown {
  // Names of fields are not keywords, and a default is a value.
  if (keyword === 'properties' && isSchema(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, isSchema(field) ? toLeanPart(field) : field]),
    );
  }
  if (keyword === 'anyOf' && Array.isArray(value)) return value.map(each => (isSchema(each) ? toLeanPart(each) : each));
  return (keyword === 'items' || keyword === 'additionalProperties') && isSchema(value) ? toLeanPart(value) : value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
