import type { JsonSchema } from '../../../tools/derive/json-schema.ts';

/** What the command line knows of one field of a tool. */
export interface FieldSchema {
  /** As the tool calls it, e.g. `memoryBytes`. */
  readonly name: string;
  /** As it is usually typed, e.g. `--memory-bytes`. */
  readonly flag: string;
  readonly kind: 'text' | 'number' | 'integer' | 'boolean' | 'list' | 'json';
  /** Kind of the items of a list. */
  readonly items?: FieldSchema['kind'];
  readonly required: boolean;
  readonly choices?: readonly string[];
  readonly defaultValue?: unknown;
  readonly description: string;
}

/** The fields of an input schema, in the order in which they were declared. */
export function fieldSchemas(input: JsonSchema): FieldSchema[] {
  const required = new Set((input.required as string[] | undefined) ?? []);
  return Object.entries((input.properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) => ({
    name,
    flag: `--${kebabCase(name)}`,
    kind: kindOf(schema),
    ...(schema.type === 'array' ? { items: kindOf((schema.items ?? {}) as JsonSchema) } : {}),
    required: required.has(name),
    ...(isTexts(schema.enum) ? { choices: schema.enum } : {}),
    ...('default' in schema ? { defaultValue: schema.default } : {}),
    description: typeof schema.description === 'string' ? schema.description : '',
  }));
}

/** `memoryBytes` as `memory-bytes`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]+/g, letters => `-${letters.toLowerCase()}`);
}

function kindOf(schema: JsonSchema): FieldSchema['kind'] {
  if (schema.type === 'array') return 'list';
  if (schema.type === 'string' || isTexts(schema.enum)) return 'text';
  if (schema.type === 'boolean' || schema.type === 'number' || schema.type === 'integer') return schema.type;
  return 'json';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}
