import type { JsonSchema } from './json-schema.ts';

/**
 * A schema reduced to its own fields, their types, and the fields of an operation's result; which of them are always there, and
 * what a list holds, is left out too. What is left out only narrows
 * values further, so whatever fits the whole schema fits this one. A list of tools is paid for in tokens by every conversation; the rest stays in
 * schemas/.
 */
export function toLeanSchema(schema: JsonSchema, isTold = true): JsonSchema {
  const { type, properties, anyOf } = schema;
  if (Array.isArray(anyOf)) return {};
  if (!isTold || !isSchema(properties)) return type === undefined ? {} : { type };
  return {
    ...(type === undefined ? {} : { type }),
    properties: leanFields(properties),
  };
}

function leanFields(properties: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [
      name,
      isSchema(field) ? toLeanSchema(field, name === 'result') : field,
    ]),
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
