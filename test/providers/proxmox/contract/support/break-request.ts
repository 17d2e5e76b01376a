import { definitionOf, type Value, type Values } from '../../../../support/proxmox/schema/check-parameters.ts';
import { knownFormats } from '../../../../support/proxmox/schema/formats.ts';
import type { Definition, Method } from '../../../../support/proxmox/schema/types.ts';

export interface BrokenRequest {
  readonly name: string;
  readonly values: Values;
}

/** A right request made wrong in one place, in one of the ways that its schema can be broken. */
export function breakRequest(method: Method, values: Values, choice: number): BrokenRequest | undefined {
  const ways: BrokenRequest[] = [{ name: 'no-such-thing', values: { ...values, 'no-such-thing': '1' } }];
  for (const [name, value] of Object.entries(values)) {
    const definition = definitionOf(method, name);
    if (definition === undefined) continue;
    if (!definition.optional && !/\d$/.test(name)) {
      const { [name]: _, ...rest } = values;
      ways.push({ name, values: rest });
    }
    for (const wrong of wrongValues(definition, value)) ways.push({ name, values: { ...values, [name]: wrong } });
  }
  return ways[choice % ways.length];
}

function wrongValues(definition: Definition, value: Value): Value[] {
  const {
    type,
    enum: listed = [],
    minimum,
    maximum,
    max_length: longest,
    min_length: shortest,
    pattern,
    format,
  } = definition;
  if (type === 'array') return [];
  const wrong: Value[] = [[value, value]];
  if (type === 'integer' || type === 'number') wrong.push('abc', '');
  if (type === 'boolean') wrong.push('perhaps', '2');
  if (type !== 'boolean' && listed.length > 0) wrong.push('no-such-choice');
  if (minimum !== undefined) wrong.push(String(minimum - 1));
  if (maximum !== undefined) wrong.push(String(maximum + 1));
  if (type === 'string' && longest !== undefined) wrong.push('x'.repeat(longest + 1));
  if (type === 'string' && shortest !== undefined && shortest > 0) wrong.push('x'.repeat(shortest - 1));
  if (pattern !== undefined && !pattern.includes('.*') && !pattern.includes('\\s')) wrong.push(' \u0001 ');
  if (typeof format === 'string' && knownFormats.has(format) && format !== 'urlencoded') wrong.push('no \u0001 such');
  if (typeof format === 'object') wrong.push('no-such-part=1');
  return wrong;
}
