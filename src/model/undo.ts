import { z } from 'zod';
import type { MachineState } from './machine.ts';

/**
 * How what a tool did is undone, as data. In `input` a text that begins with `$` stands for a value: `$input.name` of the
 * call, `$output.machine.id` of its answer, `$before.name` of what vm.get told of the machine before the change. What has
 * no value then is left out.
 */
export interface InverseCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Only when the machine was in one of these states before; else nothing was changed, or it can not be brought back. */
  readonly when?: { readonly before: readonly MachineState[] };
  /** Of `input`, only what the call itself set: the rest was left as it was. */
  readonly given?: true;
  /** What undoing does not bring back, as a sentence for people. */
  readonly loses?: string;
}

/**
 * Every tool that changes something says how that is undone, or why it can not be. With `checkpoint`, a checkpoint made
 * before the change is what it is undone by, when the caller asks for one.
 */
export type Undo = InverseCall | { readonly irreversible: string } | { readonly checkpoint: true };

export const undoHandle = z
  .string()
  .regex(/^un-[0-9a-z]{10}$/, 'must look like "un-k3v9x2m1pq"')
  .describe('What a change answered with as "undo.handle".');

/** Stands beside the answer of a tool that changed something. */
export const undoNote = z
  .strictObject({
    handle: undoHandle.optional(),
    summary: z.string().describe('What undoing it does.'),
    irreversible: z.string().optional().describe('What can not be brought back, and why.'),
  })
  .meta({ title: 'Undo', columns: ['handle', 'summary', 'irreversible'] });
export type UndoNote = z.infer<typeof undoNote>;
