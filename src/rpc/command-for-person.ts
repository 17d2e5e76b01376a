import type { Tool } from '../tools/define-tool.ts';
import { auditInput } from './audit-input.ts';

/** The command by which a person makes the same call; a secret of it has to be typed anew. */
export function commandForPerson(tool: Tool, input: unknown): string {
  return `vmbridge call ${tool.id} '${quotableJson(withoutWait(auditInput(tool, input ?? {})))}'`;
}

/** A command ends what it waited for: the seconds that suit a protocol would cut the work short. */
function withoutWait(input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return {};
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'wait'));
}

/**
 * JSON for a person to paste between single quotes: what any shell could act upon is written as `\\uNNNN`, since names
 * in it may come from a model, and a quote among them must not end the argument.
 */
function quotableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\w .,:/{}[\]"\\-]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
