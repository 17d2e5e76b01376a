import { parameterError } from './api-error.ts';
import { checkFormat } from './formats.ts';
import { checkPrimitive, readBoolean } from './primitives.ts';
import { readPropertyString, schemeOfTypetext } from './property-string.ts';
import type { Definition, Method } from './types.ts';

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };
export type Values = Readonly<Record<string, Value>>;

/** How many there may be of a numbered parameter such as `net[n]`. */
const families: Readonly<Record<string, number>> = {
  net: 32,
  unused: 256,
  link: 8,
  hostpci: 16,
  ide: 4,
  ipconfig: 32,
  numa: 8,
  parallel: 3,
  sata: 6,
  scsi: 31,
  serial: 4,
  usb: 14,
  virtio: 16,
  virtiofs: 10,
  dev: 256,
  mp: 256,
  acmedomain: 5,
};

const undefinedProperty = 'property is not defined in schema and the schema does not allow additional properties';

/**
 * Checks what was sent as the real one does and gives it back in the types of the schema: whole numbers as numbers, yes and no
 * as booleans, lists as arrays. Throws 400 with a sentence per parameter.
 */
export function checkParameters(method: Method, sent: Values): Values {
  const errors: Record<string, string> = {};
  const checked: Record<string, Value> = {};
  for (const [name, value] of Object.entries(sent)) {
    const definition = definitionOf(method, name);
    if (definition === undefined) {
      errors[name] = undefinedProperty;
      continue;
    }
    const result = checkValue(definition, value, name);
    if (result.problem === undefined) checked[name] = result.value;
    else errors[name] = result.problem;
    const needed = definition.extra?.requires;
    if (needed !== undefined && sent[needed] === undefined)
      errors[needed] = `missing property - '${name}' requires this property`;
  }
  for (const [name, definition] of method.parameters) {
    if (definition.optional || name.endsWith('[n]') || sent[name] !== undefined) continue;
    errors[name] = 'property is missing and it is not optional';
  }
  checkInstances(method, checked, errors);
  if (Object.keys(errors).length > 0) throw parameterError(errors);
  return checked;
}

/** What the schema says of a parameter; `net0` is found under `net[n]`. */
export function definitionOf(method: Method, name: string): Definition | undefined {
  const direct = method.parameters.get(name);
  if (direct !== undefined && !name.endsWith('[n]')) return direct;
  const [, family = '', digits = ''] = /^([a-z]+)(\d+)$/.exec(name) ?? [];
  if (digits === '' || Number(digits) >= (families[family] ?? 0) || String(Number(digits)) !== digits) return undefined;
  return method.parameters.get(`${family}[n]`);
}

export function familySize(family: string): number {
  return families[family] ?? 0;
}

type Result = { readonly value: Value; readonly problem?: undefined } | { readonly problem: string };

export function checkValue(definition: Definition, value: Value, name: string): Result {
  if (definition.type === 'array') return checkArray(definition, value, name);
  if (definition.type === 'object' || definition.type === 'any') return { value };
  if (Array.isArray(value) || typeof value === 'object') {
    return {
      problem: `type check ('${definition.type ?? 'string'}') failed - got ${Array.isArray(value) ? 'ARRAY' : 'HASH'}`,
    };
  }
  const text = value === true ? '1' : value === false ? '0' : String(value);
  const problem = checkPrimitive(definition, text) ?? checkFormatOf(definition, text, name);
  return problem === undefined ? { value: typed(definition, text) } : { problem };
}

/** A list may be sent as one value, as the real one allows. */
function checkArray(definition: Definition, value: Value, name: string): Result {
  const list: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
  const items = definition.items;
  if (items === undefined) return { value: list };
  const results = list.map(item => checkValue(items, item, name));
  const wrong = results.find(result => result.problem !== undefined);
  if (wrong?.problem !== undefined) return { problem: wrong.problem };
  return { value: results.flatMap(result => (result.problem === undefined ? [result.value] : [])) };
}

function typed(definition: Definition, text: string): Value {
  if (definition.type === 'integer' || definition.type === 'number') return Number(text);
  if (definition.type === 'boolean') return readBoolean(text) ?? false;
  return text;
}

function checkFormatOf(definition: Definition, text: string, name: string): string | undefined {
  const { format } = definition;
  if (format === undefined) return undefined;
  const scheme = typeof format === 'string' ? schemeOfTypetext(format, definition.extra?.typetext) : format;
  if (scheme === undefined) {
    const problem = checkFormat(format as string, text);
    return problem === undefined ? undefined : `invalid format - ${problem}\n`;
  }
  const { problems } = readPropertyString(scheme, text);
  const [whole, ...parts] = [problems[''], ...Object.entries(problems).filter(([key]) => key !== '')];
  if (whole === undefined && parts.length === 0) return undefined;
  if (whole !== undefined) return `invalid format - ${whole}\n`;
  const lines = parts.map(part => (Array.isArray(part) ? `${name}.${part[0]}: ${part[1]}\n` : '')).join('');
  return `invalid format - format error\n${lines}`;
}

/** Some properties exist only for one kind of thing, which another parameter names. */
function checkInstances(method: Method, checked: Values, errors: Record<string, string>): void {
  for (const name of Object.keys(checked)) {
    const extra = definitionOf(method, name)?.extra;
    const kinds = extra?.['instance-types'];
    const by = extra?.['type-property'];
    if (kinds === undefined || by === undefined) continue;
    const kind = checked[by];
    if (typeof kind === 'string' && !kinds.includes(kind)) errors[name] = undefinedProperty;
  }
}
