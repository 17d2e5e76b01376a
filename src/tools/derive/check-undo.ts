import type { z } from 'zod';
import type { Tool } from '../define-tool.ts';

/** Everything that can change something says how that is undone, by a tool that there is and fields that it has. */
export function checkUndo(tools: readonly Tool[]): string[] {
  return tools.flatMap(tool =>
    [...checkPresence(tool), ...checkEffectBy(tool), ...checkInverse(tool, tools)].map(
      problem => `${tool.id}: ${problem}`,
    ),
  );
}

function checkPresence({ effect, undo, input, output }: Tool): string[] {
  if (undo === undefined) return effect === 'read' ? [] : ['it says neither how it is undone nor why it can not be'];
  if ('undo' in output.shape) return ['the field undo of the output belongs to the bridge'];
  if ('checkpoint' in undo && !('vm' in input.shape)) return ['there is no "vm" that a checkpoint could be made of'];
  return [];
}

function checkEffectBy({ effectBy, input }: Tool): string[] {
  if (effectBy === undefined || effectBy.field in input.shape) return [];
  return [`the effect depends on ${effectBy.field}, which it does not take`];
}

function checkInverse({ undo, input, output }: Tool, tools: readonly Tool[]): string[] {
  if (undo === undefined || !('tool' in undo)) return [];
  const inverse = tools.find(({ id }) => id === undo.tool);
  if (inverse === undefined) return [`it is undone by ${undo.tool}, which there is not`];
  return Object.entries(undo.input).flatMap(([field, value]) => [
    ...(field in inverse.input.shape ? [] : [`${undo.tool} has no field ${field}`]),
    ...checkReference(value, input, output),
  ]);
}

function checkReference(value: unknown, input: z.ZodObject, output: z.ZodObject): string[] {
  const [, source, field = ''] = /^\$(input|output|before)\.([^.]+)/.exec(String(value)) ?? [];
  if (source === undefined || source === 'before') return [];
  const { shape } = source === 'input' ? input : output;
  return field in shape ? [] : [`there is no "${String(value)}"`];
}
