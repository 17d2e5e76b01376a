import type { JsonSchema } from '../json-schema.ts';

/** What a string can name. */
export type Reference =
  | 'machine'
  | 'checkpoint'
  | 'network'
  | 'provider'
  | 'operation'
  | 'proof'
  | 'host'
  | 'credential'
  | 'node'
  | 'storage'
  | 'volume'
  | 'task'
  | 'approval'
  | 'file'
  | 'newFile'
  | 'folder';

/** One field of an object, with the hints for generators. */
export interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

export function listFields(schema: JsonSchema): Field[] {
  const required = new Set((schema.required as string[] | undefined) ?? []);
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(([name, field]) => ({
    name,
    schema: field,
    required: required.has(name),
  }));
}

export function itemsOf(schema: JsonSchema): JsonSchema | undefined {
  return schema.type === 'array' ? ((schema.items ?? {}) as JsonSchema) : undefined;
}

/** What the field, or each item of it, names. */
export function referenceOf(schema: JsonSchema): Reference | undefined {
  return (itemsOf(schema) ?? schema).refersTo as Reference | undefined;
}

/** The words that the field, or each item of it, may be. */
export function wordsOf(schema: JsonSchema): readonly string[] | undefined {
  return (itemsOf(schema) ?? schema).enum as string[] | undefined;
}

export function parameterName({ name, schema }: Field): string {
  if (typeof schema.parameter === 'string') return schema.parameter;
  return name === 'vm' ? 'VM' : name.charAt(0).toUpperCase() + name.slice(1);
}
