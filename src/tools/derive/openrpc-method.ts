import type { Tool } from '../define-tool.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import { wireInput, wireOutput } from './wire-schemas.ts';

export interface OpenRpcMethod {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly { readonly name: string }[];
  readonly paramStructure: 'by-name';
  readonly params: readonly { name: string; description?: string; required: boolean; schema: JsonSchema }[];
  readonly result: { readonly name: string; readonly schema: JsonSchema };
}

/** The JSON-RPC method as `rpc.discover` describes it (OpenRPC 1.3). */
export function toOpenRpcMethod(tool: Tool): OpenRpcMethod {
  const input = toJsonSchema(wireInput(tool), 'input');
  const required = new Set((input.required as string[] | undefined) ?? []);
  return {
    name: tool.id,
    summary: tool.summary,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    tags: [{ name: tool.group }, { name: `effect:${tool.effect}` }],
    paramStructure: 'by-name',
    params: Object.entries((input.properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) => ({
      name,
      ...(typeof schema.description === 'string' ? { description: schema.description } : {}),
      required: required.has(name),
      schema,
    })),
    result: { name: 'output', schema: toJsonSchema(wireOutput(tool), 'output') },
  };
}
