import type { z } from 'zod';
import type { FaultReport } from '../model/fault-report.ts';
import type { Undo } from '../model/undo.ts';

/** What a call does to the world. Hints, -WhatIf/-Confirm and the guard follow from it. */
export type Effect = 'read' | 'create' | 'change' | 'destroy';

export interface EffectBy {
  readonly field: string;
  /** By the value, written as text. */
  readonly values: Readonly<Record<string, Effect>>;
}

export interface ToolExample<Input, Output> {
  readonly title: string;
  readonly input: Input;
  readonly output: Output;
}

/** A tool as declared: plain data, from which every face of the product is derived. */
export interface ToolDeclaration<Id extends string, Input extends z.ZodObject, Output extends z.ZodObject> {
  /** Dotted lower-camel segments, at most 64 characters, e.g. `vm.checkpoint.create`. */
  readonly id: Id;
  /** PowerShell name: approved verb, prefix Vmb. */
  readonly cmdlet: string;
  /** What `--groups` selects; the file's name by custom. */
  readonly group: string;
  /** One sentence, shown in lists. */
  readonly summary: string;
  /** What an assistant or a reader needs beyond the summary. */
  readonly description?: string;
  readonly effect: Effect;
  /** A field of the input that decides about the effect: for these of its values another one holds. */
  readonly effectBy?: EffectBy;
  /** Only people may call it: neither shown to nor taken from programs that a model may steer. */
  readonly doors?: 'people';
  /** True when what it does depends on what it is given, which may destroy: assistants' programs are told so. */
  readonly mayDestroy?: boolean;
  /** How what it did is undone. Everything that can change something says so. */
  readonly undo?: Undo;
  /** True when a second identical call changes nothing more. Reads are always so. */
  readonly idempotent?: boolean;
  /** True when it can exceed 10 s: the call then starts an operation and takes `wait`. */
  readonly long?: boolean;
  readonly input: Input;
  readonly output: Output;
  /** Field of the output that holds what was asked for, one or a list; the rest are remarks. A shell's objects are these. */
  readonly main?: keyof z.output<Output> & string;
  /** Optional field of the output that holds a PNG in base64: MCP shows it as a picture instead. */
  readonly picture?: keyof z.output<Output> & string;
  /** Optional field of the input that names a new file: a read with it is guarded and audited as one that creates. */
  readonly newFile?: keyof z.output<Input> & string;
  readonly errors: readonly FaultReport['code'][];
  readonly examples: readonly ToolExample<z.input<Input>, z.input<Output>>[];
}

export interface Tool<
  Id extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> extends ToolDeclaration<Id, Input, Output> {
  readonly declares: 'tool';
}

/** Infers the types of a declaration and marks it, so that the generator can find it among a file's exports. */
export function defineTool<const Id extends string, Input extends z.ZodObject, Output extends z.ZodObject>(
  declaration: ToolDeclaration<Id, Input, Output>,
): Tool<Id, Input, Output> {
  return { ...declaration, declares: 'tool' };
}
