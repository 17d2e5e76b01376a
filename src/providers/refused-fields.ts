import type { z } from 'zod';

interface Slot {
  readonly without?: readonly string[] | undefined;
  readonly also?: readonly string[] | undefined;
}

/** The fields of a tool's input that a provider's slot does not honour: those it names, and what it would have to opt into. */
export function listRefusedFields(input: z.ZodObject, { without = [], also = [] }: Slot): string[] {
  const fields: [string, { meta?: unknown }][] = Object.entries(input.shape);
  const closed = fields.filter(([name, schema]) => isOptIn(schema) && !also.includes(name)).map(([name]) => name);
  return [...new Set([...without, ...closed])];
}

/** The mark may stand on the schema itself or below what `.optional()`, `.default()` and the like put around it. */
function isOptIn(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const { meta, def } = schema as { meta?: () => { optIn?: unknown } | undefined; def?: { innerType?: unknown } };
  if (typeof meta === 'function' && meta.call(schema)?.optIn === true) return true;
  return def?.innerType !== undefined && isOptIn(def.innerType);
}
