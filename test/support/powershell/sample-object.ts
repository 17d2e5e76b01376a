import type { JsonSchema } from '../../../src/tools/derive/json-schema.ts';
import { type Field, itemsOf, listFields, wordsOf } from '../../../src/tools/derive/powershell/field.ts';

/** A value that fits a schema, with all optional fields or with none. */
function sampleValue(schema: JsonSchema, whole: boolean): unknown {
  const items = itemsOf(schema);
  if (items !== undefined) return [sampleValue(items, whole)];
  if (schema.type === 'object') return sampleObject(listFields(schema), whole);
  if (schema.type === 'boolean') return true;
  if (schema.type === 'number') return 0.25;
  if (schema.type === 'integer') return schema.unit === 'bytes' ? 5 * 2 ** 30 : 7;
  if (schema.format === 'date-time') return '2026-03-01T12:00:00.000Z';
  return wordsOf(schema)?.[0] ?? 'sample';
}

export function sampleObject(fields: readonly Field[], whole: boolean): Record<string, unknown> {
  const present = fields.filter(({ required }) => whole || required);
  return Object.fromEntries(present.map(({ name, schema }) => [name, sampleValue(schema, whole)]));
}
