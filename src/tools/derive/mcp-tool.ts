import type { Tool } from '../define-tool.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import { toLeanInput } from './lean-input.ts';
import { toLeanSchema } from './lean-schema.ts';
import { wireInput, wireOutput } from './wire-schemas.ts';

export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
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

/** The tool as `tools/list` shows it: every hint explicit. */
export function toMcpTool(tool: Tool): McpTool {
  return {
    name: mcpName(tool.id),
    title: mcpTitle(tool.id),
    description: [tool.summary, tool.description].filter(Boolean).join(' '),
    inputSchema: toLeanInput(toJsonSchema(wireInput(tool), 'input')),
    outputSchema: toLeanSchema(toJsonSchema(wireOutput(tool), 'output')),
    annotations: {
      readOnlyHint: tool.effect === 'read',
      destructiveHint: tool.effect === 'destroy' || tool.mayDestroy === true,
      idempotentHint: tool.effect === 'read' || tool.idempotent === true,
      openWorldHint: false,
    },
  };
}

function mcpTitle(id: string): string {
  const words = id.split('.').flatMap(segment => segment.split(/(?=[A-Z])/));
  return words
    .map((word, index) => (index === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word.toLowerCase()))
    .join(' ');
}
