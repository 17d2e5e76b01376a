import type { Definition, Method } from '../schema/types.ts';
import type { Config } from './guests.ts';

/** A configuration as it is read: numbers where the schema has numbers, texts elsewhere. */
export function typedConfig(method: Method, config: Config): Record<string, unknown> {
  return typedBy(method.returns.properties ?? {}, config);
}

/** The same for other things than guests, by what the schema says of their members. */
export function typedBy(properties: Readonly<Record<string, Definition>>, config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typed(definitionOf(properties, key), value)]),
  );
}

function definitionOf(properties: Readonly<Record<string, Definition>>, key: string): Definition | undefined {
  return properties[key] ?? properties[key.replace(/\d+$/, '[n]')];
}

function typed(definition: Definition | undefined, value: string): unknown {
  if (definition?.type === 'boolean') return value === '1' || value === 'true' ? 1 : 0;
  return definition?.type === 'integer' || definition?.type === 'number' ? Number(value) : value;
}
