import type { Tool } from '../define-tool.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import { toLeanInput } from './lean-input.ts';
import { toLeanSchema } from './lean-schema.ts';
import { wireInput } from './wire-schemas.ts';

export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint?: boolean;
    readonly idempotentHint?: boolean;
    readonly openWorldHint: boolean;
  };
}

/** Several clients refuse dots. Ids hold no underscore, so the mapping can be undone. */
export function mcpName(id: string): string {
  return id.replaceAll('.', '_');
}

export function idOfMcpName(name: string): string {
  return name.replaceAll('_', '.');
}

/** The tool as `tools/list` shows it. */
export function toMcpTool(tool: Tool): McpTool {
  return {
    name: mcpName(tool.id),
    title: mcpTitle(tool.id),
    description: [tool.summary, tool.description].filter(Boolean).join(' '),
    inputSchema: toLeanInput(toJsonSchema(wireInput(tool), 'input')),
    outputSchema: toLeanOutput(tool),
    annotations: annotate(tool),
  };
}

/** The hints that say something beside what holds without them: of a read, the protocol gives the other two no meaning. */
function annotate(tool: Tool): McpTool['annotations'] {
  if (tool.effect === 'read') return { readOnlyHint: true, openWorldHint: false };
  return {
    readOnlyHint: false,
    destructiveHint: mayDestroy(tool),
    ...(tool.idempotent === true ? { idempotentHint: true } : {}),
    openWorldHint: false,
  };
}

function mayDestroy({ effect, effectBy, mayDestroy }: Tool): boolean {
  return mayDestroy === true || [effect, ...Object.values(effectBy?.values ?? {})].includes('destroy');
}

/** What every long tool answers with, and the note about undoing, are explained once, in the instructions. */
function toLeanOutput(tool: Tool): JsonSchema {
  if (tool.long) return { type: 'object' };
  return toLeanSchema(toJsonSchema(tool.output, 'output'));
}

function mcpTitle(id: string): string {
  const words = id.split('.').flatMap(segment => segment.split(/(?=[A-Z])/));
  return words
    .map((word, index) => (index === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word.toLowerCase()))
    .join(' ');
}
