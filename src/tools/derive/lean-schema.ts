import type { JsonSchema } from './json-schema.ts';

/**
 * A schema reduced to its own fields and their types; what they hold, and which of them are always there, is left out. What is
 * left out only narrows values further, so whatever fits the whole schema fits this one. A list of tools is paid for in
 * tokens by every conversation; the rest stays in schemas/.
 */
export function toLeanSchema({ type, properties }: JsonSchema): JsonSchema {
  return {
    ...(type === undefined ? {} : { type }),
    ...(isSchema(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, typeOf(field)])) }
      : {}),
  };
}

function typeOf(field: unknown): JsonSchema {
  return isSchema(field) && field.type !== undefined && field.anyOf === undefined ? { type: field.type } : {};
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
