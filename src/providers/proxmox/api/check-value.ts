import type { Definition } from './api-schema.ts';
import { checkPropertyText } from './check-property-text.ts';
import { fitsFormat } from './formats.ts';
import { readPattern } from './perl-pattern.ts';

export type ApiValue = string | number | boolean | readonly string[];

const truths = ['1', 'on', 'yes', 'true'];
const lies = ['0', 'off', 'no', 'false'];

/** What is wrong with one value, without repeating it: it may be a secret. Undefined when nothing is. */
export function checkValue(definition: Definition, value: ApiValue): string | undefined {
  if (definition.type === 'array') return checkList(definition, value);
  if (typeof value === 'object') {
    return takesList(definition) ? checkText(definition, value.join(',')) : 'must not be a list';
  }
  if (definition.type === 'boolean') {
    const text = String(value).toLowerCase();
    return truths.includes(text) || lies.includes(text) ? undefined : 'must be true or false';
  }
  if (typeof value === 'boolean') return checkText(definition, value ? '1' : '0');
  return checkText(definition, String(value));
}

/** Whether several values may be written as one text, with commas. */
export function takesList({ type = 'string', format }: Definition): boolean {
  return type === 'string' && typeof format === 'string' && format.endsWith('-list');
}

function checkList({ items }: Definition, value: ApiValue): string | undefined {
  const list = typeof value === 'object' ? value : [value];
  if (items === undefined) return undefined;
  for (const item of list) {
    const problem = checkValue(items, item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkText(definition: Definition, text: string): string | undefined {
  const { type = 'string', enum: listed = [] } = definition;
  if (type === 'integer' && !/^[+-]?\d+$/.test(text)) return 'must be a whole number';
  if (type === 'number' && !isNumber(text)) return 'must be a number';
  if (listed.length > 0 && !listed.map(String).includes(text)) return 'is not one of the values';
  if (type === 'integer' || type === 'number')
    return checkRange(definition, Number(text)) ?? checkFormat(definition, text);
  return checkLength(definition, text) ?? checkPattern(definition, text) ?? checkFormat(definition, text);
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
}

function checkRange({ minimum, maximum }: Definition, number: number): string | undefined {
  if (minimum !== undefined && number < minimum) return `must not be below ${minimum}`;
  return maximum !== undefined && number > maximum ? `must not be above ${maximum}` : undefined;
}

function checkLength({ minLength, maxLength }: Definition, text: string): string | undefined {
  if (minLength !== undefined && text.length < minLength) return `must have at least ${minLength} characters`;
  return maxLength !== undefined && text.length > maxLength ? `must have at most ${maxLength} characters` : undefined;
}

function checkPattern({ pattern }: Definition, text: string): string | undefined {
  if (pattern === undefined) return undefined;
  return readPattern(pattern)?.test(text) === false ? 'does not match the pattern' : undefined;
}

function checkFormat({ format }: Definition, text: string): string | undefined {
  if (format === undefined) return undefined;
  if (typeof format === 'object') return checkPropertyText(format, text, checkValue);
  return fitsFormat(format, text) ? undefined : `is not of the format ${format}`;
}
