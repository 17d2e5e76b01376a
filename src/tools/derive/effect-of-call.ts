import type { z } from 'zod';
import type { Effect, EffectBy } from '../define-tool.ts';

/** What of a declaration decides about the effect of its calls; entries of the catalogue have no schema. */
export interface EffectSource {
  readonly effect: Effect;
  readonly newFile?: string | undefined;
  readonly effectBy?: EffectBy | undefined;
  readonly input?: z.ZodObject | undefined;
}

/**
 * What a call with this input does to the world: a read that is asked to write a new file creates something, and a field
 * may decide. Of a value that the schema refuses nothing is concluded.
 */
export function effectOfCall({ effect, newFile, effectBy, input: schema }: EffectSource, input: unknown): Effect {
  const fields = typeof input === 'object' && input !== null ? Object.entries(input) : [];
  if (effect === 'read' && fields.some(([name, value]) => name === newFile && value !== undefined)) return 'create';
  if (effectBy === undefined) return effect;
  const raw: unknown = fields.find(([name]) => name === effectBy.field)?.[1];
  const { data: value = raw } = schema?.shape[effectBy.field]?.safeParse(raw) ?? {};
  const key = String(value);
  return Object.hasOwn(effectBy.values, key) ? (effectBy.values[key] ?? effect) : effect;
}

/** Whether some call of it changes nothing. */
export function canRead({ effect, effectBy }: EffectSource): boolean {
  return effect === 'read' || Object.values(effectBy?.values ?? {}).includes('read');
}
