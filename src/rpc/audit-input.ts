import { z } from 'zod';
import type { Tool } from '../tools/define-tool.ts';
import { wireInput } from '../tools/derive/wire-schemas.ts';

/** Longest text that is kept of one value: an audit line has to stay one line that can be read. */
const longestText = 1000;

/**
 * The input as the audit log may keep it: long texts cut, and left out what is or may be a secret: fields whose schema is
 * marked `secret`, and those that the tool does not have (a password under a misspelt name is still a password).
 */
export function auditInput(tool: Tool, rawInput: unknown): unknown {
  if (rawInput === null || typeof rawInput !== 'object' || Array.isArray(rawInput)) return '(not an object)';
  return auditFields(wireInput(tool), rawInput);
}

function auditFields({ shape }: z.ZodObject, fields: object): unknown {
  return Object.fromEntries(
    Object.entries(fields)
      .slice(0, 50)
      .map(([field, value]) => [
        field.slice(0, 100),
        Object.hasOwn(shape, field) ? auditField(shape[field], value) : '(unknown field)',
      ]),
  );
}

/** The mark may stand on the schema itself or on what `.optional()`, `.default()` and the like were put around. */
function auditField(schema: unknown, value: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return '(unknown field)';
  if (schema.meta()?.secret === true) return '(secret)';
  if ('innerType' in schema.def) return auditField(schema.def.innerType, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return shorten(value.slice(0, 50).map(item => auditField(schema.element, item)));
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return schema instanceof z.ZodObject && isObject ? shorten(auditFields(schema, value)) : shorten(value);
}

function shorten(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value;
  const text = typeof value === 'string' ? value : toJson(value);
  if (text.length > longestText) return `${text.slice(0, longestText).trimEnd()}…`;
  return value;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // Nested more deeply than the stack allows: refused as input, and not worth a line of its own here.
    return '(nested too deeply)'.padEnd(longestText + 1);
  }
}
