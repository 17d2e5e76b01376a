import type { JsonSchema } from '../json-schema.ts';
import { itemsOf } from './field.ts';
import { toNetPattern } from './net-pattern.ts';
import { parameterType } from './parameter-type.ts';
import { quote } from './quote.ts';

const largestInt = 2 ** 31 - 1;

/** Attributes that refuse what the server would. Those of a list say it of each item, but for its length. */
export function validations(schema: JsonSchema): string[] {
  // They look into texts only.
  if (schema.prompt === true) return [];
  const items = itemsOf(schema);
  if (items === undefined) return [...words(schema), ...range(schema), ...length(schema), ...pattern(schema)];
  const count =
    schema.minItems === undefined && schema.maxItems === undefined
      ? []
      : [`ValidateCount(${Number(schema.minItems ?? 0)}, ${Number(schema.maxItems ?? largestInt)})`];
  return [...count, ...validations(items)];
}

function words({ enum: values }: JsonSchema): string[] {
  return Array.isArray(values) ? [`ValidateSet(${values.map(quote).join(', ')})`] : [];
}

function range(schema: JsonSchema): string[] {
  if (schema.type !== 'integer' && schema.type !== 'number') return [];
  if (schema.minimum === undefined && schema.maximum === undefined) return [];
  const type = parameterType(schema);
  const end = type === 'int' ? largestInt : Number.MAX_SAFE_INTEGER;
  const limits = [Number(schema.minimum ?? -end), Number(schema.maximum ?? end)];
  return [`ValidateRange(${limits.map(limit => numberOf(type, limit)).join(', ')})`];
}

/** Both limits have to be of the type of the parameter. */
function numberOf(type: string, value: number): string {
  if (type === 'long') return `${value}L`;
  return type === 'double' && Number.isInteger(value) ? `${value}.0` : String(value);
}

function length(schema: JsonSchema): string[] {
  if (schema.type !== 'string' || (schema.minLength === undefined && schema.maxLength === undefined)) return [];
  return [`ValidateLength(${Number(schema.minLength ?? 0)}, ${Number(schema.maxLength ?? largestInt)})`];
}

function pattern(schema: JsonSchema): string[] {
  if (schema.type !== 'string' || typeof schema.pattern !== 'string') return [];
  return [`ValidatePattern(${quote(toNetPattern(schema.pattern))}, Options = 'None')`];
}
