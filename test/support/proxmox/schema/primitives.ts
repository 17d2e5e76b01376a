import type { Definition } from './types.ts';

const truths = new Set(['1', 'on', 'yes', 'true']);
const lies = new Set(['0', 'off', 'no', 'false']);

/** What is wrong with a single value, in the words of the real one; nothing when it is right. */
export function checkPrimitive(definition: Definition, value: string): string | undefined {
  return checkType(definition.type ?? 'string', value) ?? checkLimits(definition, value);
}

function checkType(type: string, value: string): string | undefined {
  if (type === 'integer' && !/^[+-]?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
  if (type === 'number' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    return `type check ('number') failed - got '${value}'`;
  }
  if (type === 'boolean' && readBoolean(value) === undefined) return `type check ('boolean') failed - got '${value}'`;
  return undefined;
}

function checkLimits(definition: Definition, value: string): string | undefined {
  const { minimum, maximum, min_length: shortest, max_length: longest, pattern, type } = definition;
  const listed = definition.enum ?? [];
  if (type !== 'boolean' && listed.length > 0 && !listed.map(String).includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${listed.join(', ')}'`;
  }
  if (type === 'integer' || type === 'number') {
    if (minimum !== undefined && Number(value) < minimum) return `value must have a minimum value of ${minimum}`;
    if (maximum !== undefined && Number(value) > maximum) return `value must have a maximum value of ${maximum}`;
    return undefined;
  }
  if (longest !== undefined && value.length > longest) return `value may only be ${longest} characters long`;
  if (shortest !== undefined && value.length < shortest) return `value must be at least ${shortest} characters long`;
  if (pattern !== undefined && !expressionOf(pattern).test(value)) return 'value does not match the regex pattern';
  return undefined;
}

/** Yes and no as the API writes them. */
export function readBoolean(value: string): boolean | undefined {
  const text = value.toLowerCase();
  if (truths.has(text)) return true;
  return lies.has(text) ? false : undefined;
}

const expressions = new Map<string, RegExp>();

/** A pattern of the schema, which is Perl's: inline flags and \Z have to be written otherwise. */
export function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const insensitive = pattern.includes('(?^i:') || pattern.includes('(?i)') || pattern.includes('(?i:');
  const text = pattern
    .replaceAll('(?^i:', '(?:')
    .replaceAll('(?^:', '(?:')
    .replaceAll('(?^u:', '(?:')
    .replaceAll('(?i:', '(?:')
    .replaceAll('(?>', '(?:')
    .replaceAll('(?i)', '')
    .replaceAll('\\Z', '$')
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^')
    .replaceAll('[:xdigit:]', '0-9a-fA-F')
    .replaceAll('{,', '{0,')
    .replace(/([+*?}])\+/g, '$1');
  const expression = new RegExp(`^(?:${text})$`, insensitive ? 'is' : 's');
  expressions.set(pattern, expression);
  return expression;
}
