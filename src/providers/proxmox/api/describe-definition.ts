import { type Definition, isSet } from './api-schema.ts';

/** What a value has to be, in words, e.g. `integer, 100 to 999999999, pve-vmid`. */
export function describeDefinition(definition: Definition): string {
  const { type = 'string', enum: listed = [], items } = definition;
  if (listed.length > 0 && type !== 'boolean') return `one of: ${listed.join(', ')}`;
  if (type === 'array') return items === undefined ? 'a list' : `a list of: ${describeDefinition(items)}`;
  const parts = [type, limits(definition), describeFormat(definition)];
  if (definition.pattern !== undefined) parts.push(`like ${definition.pattern.slice(0, 200)}`);
  return parts.filter(part => part !== '').join(', ');
}

function limits({ minimum, maximum, minLength, maxLength }: Definition): string {
  return [range(minimum, maximum, ''), range(minLength, maxLength, ' characters')]
    .filter(text => text !== '')
    .join(', ');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (least !== undefined) return `at least ${least}${unit}`;
  return most === undefined ? '' : `at most ${most}${unit}`;
}

function describeFormat({ format }: Definition): string {
  if (format === undefined) return '';
  if (typeof format === 'string') return format;
  const names = Object.entries(format)
    .filter(([, part]) => part.alias === undefined)
    .map(([name, part]) => (isSet(part.optional) ? `[${name}=…]` : `${name}=…`));
  const shown = names.slice(0, 30).join(',');
  return names.length > 30 ? `${shown},…` : shown;
}
