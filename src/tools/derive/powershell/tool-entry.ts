import type { EffectBy, Tool } from '../../define-tool.ts';
import { type JsonSchema, toHintedSchema } from '../json-schema.ts';
import { givenInput } from '../wire-schemas.ts';
import { type Field, listFields, parameterName, referenceOf, wordsOf } from './field.ts';
import { type OutputShape, outputShape } from './output-shape.ts';
import { isPaged, parameterFields } from './parameters.ts';
import { primaryField } from './primary-field.ts';
import type { ShapeTable } from './shape-table.ts';
import type { ShellWords } from './shell-words.ts';

/** What a call of the tool has to know, as a table of PowerShell; only what applies is in it. */
export function toolEntry(tool: Tool, table: ShapeTable, words: ShellWords): Record<string, unknown> {
  const fields = listFields(toHintedSchema(givenInput(tool), 'input'));
  const output = outputShape(tool);
  const primary = primaryField(fields, tool.cmdlet);
  const shape = output.schema === undefined ? undefined : table.add(output.schema);
  return {
    Cmdlet: tool.cmdlet,
    Effect: tool.effect,
    Caption: words(tool.summary).replace(/(?<!\b[a-z])[.:;](\s.*)?$/s, ''),
    ...(tool.effectBy === undefined ? {} : { EffectBy: effectBy(tool.effectBy, fields) }),
    ...(tool.long ? { Long: true } : {}),
    ...(isPaged(fields) ? { Paged: true } : {}),
    ...(output.schema === undefined ? { Silent: true } : {}),
    ...(tool.main === undefined ? {} : { Main: tool.main }),
    ...(shape === undefined ? {} : { Shape: shape }),
    ...(primary === undefined ? {} : { Primary: parameterName(primary) }),
    ...(tool.newFile === undefined ? {} : { NewFile: tool.newFile }),
    Fields: Object.fromEntries(parameterFields(fields).map(field => [parameterName(field), field.name])),
    ...optional('Refers', pick(fields, referenceOf)),
    ...optional(
      'RefersWhen',
      pick(fields, schema => schema.refersToWhen),
    ),
    ...optional('Enums', pick(fields, wordsOf)),
    ...optional('Remarks', remarks(output, table)),
    ...(tool.main === undefined ? {} : attached(fields, output)),
  };
}

/** By the text of a value; what is not given counts as its default. */
function effectBy({ field, values }: EffectBy, fields: readonly Field[]): Record<string, unknown> {
  const preset = fields.find(({ name }) => name === field)?.schema.default;
  return { Field: field, Values: values, ...(preset === undefined ? {} : { Default: String(preset) }) };
}

function optional(key: string, entries: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(entries).length === 0 ? {} : { [key]: entries };
}

function pick(fields: readonly Field[], of: (schema: JsonSchema) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, schema }) => {
      const found = of(schema);
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

function remarks(output: OutputShape, table: ShapeTable): Record<string, unknown> {
  return Object.fromEntries(
    output.remarks.flatMap(({ name, schema }) => {
      const shape = table.add(schema);
      return shape === undefined ? [] : [[name, shape]];
    }),
  );
}

/** What was asked about and does not stand in the objects that come, so that they can be piped on. */
function attached(fields: readonly Field[], { schema }: OutputShape): Record<string, unknown> {
  if (schema === undefined) return {};
  const title = String(schema.title ?? '').toLowerCase();
  const references = fields.filter(field => field.required && isExisting(field));
  if (references.some(field => referenceOf(field.schema) === title)) return {};
  const known = new Set(listFields(schema).map(({ name }) => name));
  const names = references.map(({ name }) => name).filter(name => !known.has(name));
  return names.length === 0 ? {} : { Attach: names };
}

function isExisting({ schema }: Field): boolean {
  return schema.type === 'string' && !['newFile', undefined].includes(referenceOf(schema)) && !schema.refersToWhen;
}
