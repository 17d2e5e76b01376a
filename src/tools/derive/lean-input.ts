import type { JsonSchema } from './json-schema.ts';

/** Limits of texts and lists: the server checks them, and says so in words when one is passed. */
const leftOut = new Set(['pattern', 'minLength', 'maxLength', 'minItems', 'maxItems']);

/** A schema of input without what nobody has to know beforehand. Whatever fits the whole schema fits this one. */
export function toLeanInput(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword, value]) => !leftOut.has(keyword) && !isEvident(keyword, value, schema))
      .map(([keyword, value]) => [keyword, leanValue(keyword, value)]),
  );
}

/** A number from which on a limit only keeps nonsense out. */
const generous = 1000;

/** That a count is not negative goes without saying, and so does the type of values that are listed. */
function isEvident(keyword: string, value: unknown, schema: JsonSchema): boolean {
  if (keyword === 'type') return schema.enum !== undefined;
  if (keyword === 'maximum') return typeof value === 'number' && value >= generous;
  return keyword === 'minimum' && (value === 0 || value === 1);
}

function leanValue(keyword: string, value: unknown): unknown {
  // Names of fields are not keywords, and a default is a value.
  if (keyword === 'properties' && isSchema(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, isSchema(field) ? toLeanInput(field) : field]),
    );
  }
  if (keyword === 'anyOf' && Array.isArray(value))
    return value.map(each => (isSchema(each) ? toLeanInput(each) : each));
  return (keyword === 'items' || keyword === 'additionalProperties') && isSchema(value) ? toLeanInput(value) : value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
