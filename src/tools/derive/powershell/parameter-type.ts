import type { JsonSchema } from '../json-schema.ts';
import { itemsOf } from './field.ts';

const largestInt = 2 ** 31 - 1;

/** The type of PowerShell that a value of the schema has. */
export function parameterType(schema: JsonSchema): string {
  const items = itemsOf(schema);
  if (items !== undefined) return `${parameterType(items)}[]`;
  // PowerShell asks for one of these without showing what is typed.
  if (schema.prompt === true) return 'securestring';
  if (schema.type === 'string') return 'string';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'number') return 'double';
  // Without an end it counts bytes, or what may become as many.
  if (schema.type === 'integer') return Number(schema.maximum ?? Infinity) > largestInt ? 'long' : 'int';
  return 'object';
}
