import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/**
 * What a schema tells the generators beside its shape, by `.meta()`:
 * `title` names the type of an object, `columns` the fields that a table of such objects shows;
 * `refersTo` says what a string names, `refersToWhen` with which other fields it does, `unit` what a number counts,
 * `parameter` what a shell calls the field where its own name will not do, `prompt` that it asks for it without showing it.
 */
const hints: ReadonlySet<string> = new Set([
  'title',
  'columns',
  'refersTo',
  'refersToWhen',
  'unit',
  'parameter',
  'prompt',
]);

/** JSON Schema 2020-12 of a zod schema. `direction` decides whether defaults make a field optional. */
export function toJsonSchema(schema: z.ZodType, direction: 'input' | 'output'): JsonSchema {
  return dropHints(toHintedSchema(schema, direction)) as JsonSchema;
}

/** The same with the hints for generators. */
export function toHintedSchema(schema: z.ZodType, direction: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: direction, reused: 'inline' });
  return dropNoise(rest) as JsonSchema;
}

/** Under "properties" a key is the name of a field, whatever it reads. */
function dropHints(node: unknown, isSchema = true): unknown {
  if (Array.isArray(node)) return node.map(item => dropHints(item));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !(isSchema && hints.has(key)))
      .map(([key, value]) => [key, dropHints(value, key !== 'properties' || !isSchema)]),
  );
}

// zod states the safe-integer range at every z.int(), and beside "format" the pattern that it checks it with: 400
// characters for a time. Both say nothing to a reader and cost tokens in every list. A pattern with \p{…} is worse: a
// validator without the Unicode flag reads it as letters, and then refuses what is right.
function dropNoise(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(dropNoise);
  if (node === null || typeof node !== 'object') return node;
  const formatted = 'format' in node && typeof node.format === 'string';
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !isSafeIntegerBound(key, value) && !isMisleadingPattern(key, value, formatted))
      .map(([key, value]) => [key, dropNoise(value)]),
  );
}

function isMisleadingPattern(key: string, value: unknown, formatted: boolean): boolean {
  return key === 'pattern' && typeof value === 'string' && (formatted || value.includes('\\p{'));
}

function isSafeIntegerBound(key: string, value: unknown): boolean {
  return (
    (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) || (key === 'minimum' && value === Number.MIN_SAFE_INTEGER)
  );
}
