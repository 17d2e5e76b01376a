import type { Tool } from '../define-tool.ts';
import { toJsonSchema } from './json-schema.ts';
import { listErrors } from './list-errors.ts';
import { mcpName } from './mcp-tool.ts';
import { wireInput, wireOutput } from './wire-schemas.ts';

/** The contents of `schemas/<id>.json`: all that a generator in another language needs to know of the tool. */
export function toSchemaFile(tool: Tool): Record<string, unknown> {
  return {
    id: tool.id,
    mcpName: mcpName(tool.id),
    cmdlet: tool.cmdlet,
    group: tool.group,
    summary: tool.summary,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    effect: tool.effect,
    ...(tool.effectBy === undefined ? {} : { effectBy: tool.effectBy }),
    ...(tool.doors === undefined ? {} : { doors: tool.doors }),
    ...(tool.undo === undefined ? {} : { undo: tool.undo }),
    idempotent: tool.effect === 'read' || tool.idempotent === true,
    long: tool.long === true,
    ...(tool.picture === undefined ? {} : { picture: tool.picture }),
    ...(tool.newFile === undefined ? {} : { newFile: tool.newFile }),
    input: toJsonSchema(wireInput(tool), 'input'),
    output: toJsonSchema(wireOutput(tool), 'output'),
    result: toJsonSchema(tool.output, 'output'),
    errors: listErrors(tool),
    examples: tool.examples,
  };
}
