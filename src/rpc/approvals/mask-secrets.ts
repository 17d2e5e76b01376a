import { z } from 'zod';
import type { PlanStep } from '../../model/plan.ts';
import type { Tool } from '../../tools/define-tool.ts';

const mask = '(secret)';
/** A shorter text stands in too many others to be replaced within them. */
const leastWithin = 4;

/** The steps of a plan without the values of fields that are marked `secret`. */
export function maskSecrets(tool: Tool, input: unknown, steps: readonly PlanStep[]): PlanStep[] {
  const secrets = collect(tool.input, input).filter(secret => secret !== '');
  if (secrets.length === 0) return [...steps];
  // A longer one may hold a shorter one.
  secrets.sort((a, b) => b.length - a.length);
  return steps.map(step => replaceIn(step, secrets) as PlanStep);
}

function collect(schema: unknown, value: unknown): string[] {
  if (!(schema instanceof z.ZodType) || value === undefined || value === null) return [];
  if (schema.meta()?.secret === true) return leaves(value);
  if ('innerType' in schema.def) return collect(schema.def.innerType, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) return value.flatMap(item => collect(schema.element, item));
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([field, item]) => collect(schema.shape[field], item));
}

function leaves(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves);
  return typeof value === 'boolean' || value === null || value === undefined ? [] : [String(value)];
}

function replaceIn(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return replaceText(value, secrets);
  if (typeof value === 'number') return secrets.includes(String(value)) ? mask : value;
  if (Array.isArray(value)) return value.map(item => replaceIn(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceIn(item, secrets)]));
}

/** Also as it stands within JSON, or in an address. */
function replaceText(text: string, secrets: readonly string[]): string {
  if (secrets.includes(text)) return mask;
  return secrets
    .filter(secret => secret.length >= leastWithin)
    .flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .reduce((left, secret) => left.replaceAll(secret, mask), text);
}
