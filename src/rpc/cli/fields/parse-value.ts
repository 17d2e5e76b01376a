import { Fault } from '../../../errors/fault.ts';
import type { FieldSchema } from './field-schemas.ts';
import { parseSize } from './parse-size.ts';

/** The value of a field from what was typed. Only the form is checked here; what it may be is up to the tool. */
export function parseValue(field: FieldSchema, kind: FieldSchema['kind'], rawValue: string): unknown {
  if (kind === 'text') return rawValue;
  if (kind === 'boolean') return parseBoolean(field, rawValue);
  if (kind === 'json' || kind === 'list') return parseJson(field, rawValue);
  if (field.name.endsWith('Bytes')) return parseSize(field.flag, rawValue);
  const number = Number(rawValue);
  if (rawValue.trim() !== '' && Number.isFinite(number)) return number;
  throw wrong(field, `a ${kind === 'integer' ? 'whole ' : ''}number`, rawValue);
}

function parseBoolean(field: FieldSchema, rawValue: string): boolean {
  if (rawValue === 'true') return true;
  if (rawValue === 'false') return false;
  throw wrong(field, 'true or false', rawValue);
}

function parseJson(field: FieldSchema, rawValue: string): unknown {
  try {
    return JSON.parse(rawValue);
  } catch {
    throw wrong(field, 'JSON', rawValue);
  }
}

function wrong(field: FieldSchema, what: string, rawValue: string): Fault {
  return new Fault('invalid', `${field.flag} takes ${what}, not "${rawValue.slice(0, 100)}".`, {
    data: { field: field.name },
  });
}
