import type { JsonSchema } from './json-schema.ts';

/**
 * A schema reduced to shapes: types, fields, choices. What is left out only narrows values further, so whatever fits the
 * whole schema fits this one. A list of tools is paid for in tokens by every conversation; the rest stays in schemas/.
 */
export function toLeanSchema(schema: JsonSchema): JsonSchema {
  const { type, enum: choices, const: constant, required, properties, items, additionalProperties, anyOf } = schema;
  return {
    ...(type === undefined ? {} : { type }),
    ...(choices === undefined ? {} : { enum: choices }),
    ...(constant === undefined ? {} : { const: constant }),
    ...(isSchema(properties) ? { properties: leanFields(properties) } : {}),
    ...(required === undefined ? {} : { required }),
    ...(isSchema(items) ? { items: toLeanSchema(items) } : {}),
    ...(isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0
      ? { additionalProperties: toLeanSchema(additionalProperties) }
      : {}),
    ...(Array.isArray(anyOf) ? { anyOf: anyOf.map(toLeanSchema) } : {}),
  };
}

function leanFields(properties: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, isSchema(field) ? toLeanSchema(field) : field]),
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
