import type { Effect, Tool } from '../define-tool.ts';

/** What a call with this input does to the world: a read that is asked to write a new file creates something. */
export function effectOfCall({ effect, newFile }: Pick<Tool, 'effect' | 'newFile'>, input: unknown): Effect {
  if (effect !== 'read' || newFile === undefined) return effect;
  if (typeof input !== 'object' || input === null) return effect;
  return Object.entries(input).some(([name, value]) => name === newFile && value !== undefined) ? 'create' : effect;
}
