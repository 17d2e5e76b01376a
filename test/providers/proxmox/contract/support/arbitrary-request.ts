import fc from 'fast-check';
import { familySize, type Value, type Values } from '../../../../support/proxmox/schema/check-parameters.ts';
import { checkFormat } from '../../../../support/proxmox/schema/formats.ts';
import { checkPrimitive } from '../../../../support/proxmox/schema/primitives.ts';
import { schemeOfTypetext } from '../../../../support/proxmox/schema/property-string.ts';
import { sampleOfPattern, samplePropertyString, samples } from '../../../../support/proxmox/schema/sample.ts';
import type { Definition, Method } from '../../../../support/proxmox/schema/types.ts';

/** A request that the schema allows: all that is required, and some of the rest. */
export function arbitraryRequest(method: Method, withOptional = true): fc.Arbitrary<Values> {
  const parts: Record<string, fc.Arbitrary<Value | undefined>> = {};
  const by = instanceOf(method);
  const inPath = new Set([...method.template.matchAll(/\{([^}]+)\}/g)].map(match => match[1]));
  for (const [name, definition] of method.parameters) {
    const value = arbitraryValue(name, definition);
    if (name.endsWith('[n]')) {
      if (!withOptional || !fits(definition, by)) continue;
      const family = name.slice(0, -3);
      parts[`${family}${familySize(family) - 1}`] = fc.option(value, { nil: undefined });
    } else if (!definition.optional || inPath.has(name))
      parts[name] = name === by.property ? fc.constant(by.kind ?? '') : value;
    else if (withOptional && fits(definition, by) && definition.extra?.requires === undefined) {
      parts[name] = fc.option(value, { nil: undefined });
    }
  }
  return fc
    .record(parts)
    .map(values =>
      Object.fromEntries(Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined)),
    );
}

interface Instance {
  readonly property: string | undefined;
  readonly kind: string | undefined;
}

/** Where parameters depend on the kind of a thing: the first kind. */
function instanceOf(method: Method): Instance {
  const property = [...method.parameters.values()]
    .map(({ extra }) => extra?.['type-property'])
    .find(name => name !== undefined);
  const kind = property === undefined ? undefined : method.parameters.get(property)?.enum?.[0];
  return { property, kind: kind === undefined ? undefined : String(kind) };
}

function fits({ extra }: Definition, { kind }: Instance): boolean {
  const kinds = extra?.['instance-types'];
  return kinds === undefined || (kind !== undefined && kinds.includes(kind));
}

/** Names that stand for something in the cluster that every server begins with. */
const known: Readonly<Record<string, string>> = { node: 'pve1', vmid: '100', storage: 'local', target: 'pve2' };

function arbitraryValue(name: string, definition: Definition): fc.Arbitrary<Value> {
  const { type, enum: listed = [], items } = definition;
  if (type === 'array')
    return items === undefined
      ? fc.constant(['sample'])
      : fc.array(arbitraryValue('', items), { minLength: 1, maxLength: 2 });
  const fixed = known[name];
  if (fixed !== undefined && checkPrimitive(definition, fixed) === undefined && definition.format !== undefined)
    return fc.constant(fixed);
  if (type === 'boolean') return fc.constantFrom('0', '1', 'true', 'false', 'on', 'off', 'yes', 'no');
  if (listed.length > 0) return fc.constantFrom(...listed.map(String));
  if (type === 'integer') return arbitraryInteger(definition);
  if (type === 'number') return fc.constant(String(definition.minimum ?? 1));
  return arbitraryText(definition);
}

function arbitraryInteger({ minimum = 0, maximum }: Definition): fc.Arbitrary<string> {
  const highest = Math.min(maximum ?? minimum + 1000, 2 ** 31 - 1);
  return fc.integer({ min: minimum, max: highest }).map(String);
}

function arbitraryText(definition: Definition): fc.Arbitrary<string> {
  const { format, pattern, min_length: shortest = 0 } = definition;
  const scheme = typeof format === 'object' ? format : schemeOfTypetext(format ?? '', definition.extra?.typetext);
  if (scheme !== undefined) {
    const text = samplePropertyString(scheme);
    const first = Object.entries(scheme).find(([, part]) => part.type === 'boolean' || part.enum !== undefined);
    return fc.constant(text !== '' || first === undefined ? text : `${first[0]}=${first[1].enum?.[0] ?? 1}`);
  }
  if (typeof format === 'string') {
    const word = samples[format] ?? samples[format.replace(/-list$/, '')] ?? 'sample';
    const right = [word, 'sample1', 'pve1', 'pve1:1', '1', 'started'].find(
      text => checkFormat(format, text) === undefined && checkPrimitive(definition, text) === undefined,
    );
    if (right !== undefined) return fc.constant(right);
  }
  if (pattern !== undefined) {
    const right = sampleOfPattern(pattern);
    if (right === undefined) throw new Error(`No sample matches ${pattern}`);
    return fc.constant(right);
  }
  return fc.constant('sample'.padEnd(shortest, 'x').slice(0, definition.max_length ?? 255));
}
