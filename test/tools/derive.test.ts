import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tools } from '../../src/catalog/tools.ts';
import { Fault } from '../../src/errors/fault.ts';
import { hostReference } from '../../src/model/host.ts';
import { machineReference } from '../../src/model/machine.ts';
import { errorCategories, toExitStatus, toJsonRpcError, toMcpErrorResult } from '../../src/rpc/faults.ts';
import { instructions } from '../../src/rpc/mcp/instructions.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { toJsonSchema } from '../../src/tools/derive/json-schema.ts';
import { toLeanSchema } from '../../src/tools/derive/lean-schema.ts';
import { listErrors } from '../../src/tools/derive/list-errors.ts';
import { idOfMcpName, mcpName, toMcpTool } from '../../src/tools/derive/mcp-tool.ts';
import { toOpenRpcMethod } from '../../src/tools/derive/openrpc-method.ts';
import { toReferencePage } from '../../src/tools/derive/reference-page.ts';
import { toSchemaFile } from '../../src/tools/derive/schema-file.ts';
import { checkpointMeaning, waitMeaning, wireInput, wireOutput } from '../../src/tools/derive/wire-schemas.ts';

const all = Object.values(tools) as Tool[];
const each = all.map(tool => [tool.id, tool] as const);

describe('the MCP tool', () => {
  it.each(each)('of %s has a name that every client takes and that leads back', (id, tool) => {
    const { name } = toMcpTool(tool);
    expect(name).toMatch(/^[a-zA-Z0-9_]{1,64}$/);
    expect(idOfMcpName(name)).toBe(id);
    expect(mcpName(idOfMcpName(name))).toBe(name);
  });

  it.each(each)('of %s has every hint that means something, in line with its effect', (_id, tool) => {
    const { annotations } = toMcpTool(tool);
    const change = { destructiveHint: tool.effect === 'destroy' || tool.mayDestroy === true };
    expect(annotations).toEqual({
      readOnlyHint: tool.effect === 'read',
      ...(tool.effect === 'read' ? {} : change),
      ...(tool.effect !== 'read' && tool.idempotent ? { idempotentHint: true } : {}),
      openWorldHint: false,
    });
  });

  it('says what every tool means by a field once, in the instructions', () => {
    const text = JSON.stringify(all.map(toMcpTool));
    for (const repeated of [machineReference.description, hostReference.description, waitMeaning, checkpointMeaning]) {
      expect(repeated).toBeTruthy();
      expect(text).not.toContain(JSON.stringify(repeated).slice(1, -1));
    }
    for (const field of ['vm', 'host', 'wait', 'checkpointFirst', 'undo']) expect(instructions).toContain(`"${field}"`);
  });

  it.each(each)('of %s has objects as schemas, which its examples fit', (_id, tool) => {
    const { inputSchema, outputSchema } = toMcpTool(tool);
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(outputSchema).toMatchObject({ type: 'object' });
    const input = z.fromJSONSchema(inputSchema as never);
    const output = z.fromJSONSchema(outputSchema as never);
    for (const example of tool.examples) {
      expect(input.safeParse(example.input).error).toBeUndefined();
      const operation = { id: 'op-k3v9x2m1', tool: tool.id, state: 'succeeded', startedAt: '2026-03-01T12:00:00.000Z' };
      const wire = tool.long ? { operation, result: example.output } : example.output;
      expect(wireOutput(tool).safeParse(wire).error).toBeUndefined();
      expect(output.safeParse(wire).error).toBeUndefined();
    }
  });
});

describe('a lean schema', () => {
  it('tells the fields of an answer, also those that have the names of keywords', () => {
    const schema = z.strictObject({
      description: z.string().min(3).describe('words'),
      pattern: z.int().min(0).optional(),
      required: z.array(z.strictObject({ a: z.enum(['x']) })),
      names: z.array(z.string()),
      either: z.union([z.string().email(), z.null()]),
      inner: z.strictObject({ a: z.string() }),
      result: z.strictObject({ machine: z.strictObject({ id: z.string() }) }).optional(),
      anything: z.unknown(),
    });
    expect(toLeanSchema(toJsonSchema(schema, 'output'))).toEqual({
      type: 'object',
      properties: {
        description: { type: 'string' },
        pattern: { type: 'integer' },
        required: { type: 'array' },
        names: { type: 'array' },
        either: {},
        inner: { type: 'object' },
        result: { type: 'object' },
        anything: {},
      },
    });
  });

  it('loses no keyword that some declaration uses for its shape', () => {
    const known = new Set(
      'type enum const properties required items additionalProperties anyOf description default format pattern minimum maximum minLength maxLength minItems maxItems propertyNames'.split(
        ' ',
      ),
    );
    const walk = (node: unknown): string[] => {
      if (Array.isArray(node)) return node.flatMap(walk);
      if (typeof node !== 'object' || node === null) return [];
      return Object.entries(node).flatMap(([key, value]) =>
        key === 'properties'
          ? Object.values(value as object).flatMap(walk)
          : [key, ...(key === 'default' ? [] : walk(value))],
      );
    };
    const used = new Set(all.flatMap(tool => walk(toJsonSchema(wireOutput(tool), 'output'))));
    expect([...used].filter(keyword => !known.has(keyword))).toEqual([]);
  });
});

describe('JSON Schema of a declaration', () => {
  it('says neither the safe-integer range nor the pattern behind a format', () => {
    expect(toJsonSchema(z.strictObject({ at: z.iso.datetime(), size: z.int() }), 'output')).toMatchObject({
      properties: { at: { type: 'string', format: 'date-time' }, size: { type: 'integer' } },
    });
    const text = JSON.stringify(all.map(toSchemaFile));
    expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
    expect(text).not.toContain('(?:(?:');
  });

  it('leaves out of "required" what has a default', () => {
    const { required, properties } = toJsonSchema(wireInput(tools['vm.create'] as Tool), 'input');
    expect(required).toEqual(['name']);
    expect(properties).toMatchObject({ wait: { default: 45 }, cpus: { default: 2 } });
  });
});

describe('the JSON-RPC method', () => {
  it.each(each)('of %s has its parameters by name', (id, tool) => {
    const method = toOpenRpcMethod(tool);
    expect(method).toMatchObject({ name: id, paramStructure: 'by-name' });
    expect(method.params.map(({ name }) => name)).toEqual(Object.keys(wireInput(tool).shape));
    expect(method.tags).toContainEqual({ name: `effect:${tool.effect}` });
  });
});

describe('the reference page', () => {
  it.each(each)('of %s names everything that a reader needs', (id, tool) => {
    const page = toReferencePage(tool, ['somebody']);
    for (const word of [`# ${id}`, tool.summary, mcpName(id), 'somebody', ...Object.keys(wireInput(tool).shape)]) {
      expect(page).toContain(word);
    }
    for (const line of page.split('\n').filter(line => line.startsWith('| `'))) {
      expect(line.replaceAll('\\|', '').match(/\|/g)).toHaveLength(5);
    }
  });
});

describe('the errors of a tool', () => {
  it.each(each)('of %s hold its own and those that any call can meet', (_id, tool) => {
    const errors = listErrors(tool);
    expect(errors).toEqual(expect.arrayContaining([...tool.errors, 'invalid', 'denied', 'unavailable', 'cancelled']));
    const isAsked = tool.effect === 'destroy' || tool.effect === 'change';
    const isHeld = isAsked && tool.doors !== 'people' && tool.id !== 'operation.cancel';
    if (isHeld || tool.doors !== 'people') expect(errors.includes('approval_required')).toBe(isHeld);
    expect(new Set(errors).size).toBe(errors.length);
    expect(toSchemaFile(tool).errors).toEqual(errors);
  });
});

describe('a Fault', () => {
  const fault = new Fault('conflict', 'The machine "a\u001b[31m" is busy.', {
    remedy: 'Wait.',
    data: { field: 'vm' },
    cause: 'inner',
  });

  it('has a code of its own for JSON-RPC, none that JSON-RPC reserves for others', () => {
    const codes = Object.keys(errorCategories).map(code => toJsonRpcError(new Fault(code as never, 'x')).code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect([-32700, -32600, -32601, -32603]).not.toContain(code);
    expect(toJsonRpcError(fault).data).toEqual({
      code: 'conflict',
      message: 'The machine "a\\x1b[31m" is busy.',
      remedy: 'Wait.',
      data: { field: 'vm' },
    });
    expect(toJsonRpcError(fault).message).not.toContain('\u001b');
  });

  it('is cut in the middle when it quotes a name of any length', () => {
    const { message } = toJsonRpcError(new Fault('not_found', `There is no "${'x'.repeat(30_000)}" here.`));
    expect(message.length).toBe(1000);
    expect(message).toMatch(/^There is no "x+…x+" here\.$/);
  });

  it('is an error result for MCP, the text saying the same as the structure', () => {
    const result = toMcpErrorResult(fault);
    expect(result.isError).toBe(true);
    expect(JSON.parse(result.content[0].text)).toEqual(result.structuredContent);
    expect(JSON.stringify(result)).not.toContain('inner');
  });

  it('is exit status 2 for bad usage, 1 for the rest', () => {
    expect(toExitStatus(new Fault('invalid', 'x'))).toBe(2);
    expect(toExitStatus(fault)).toBe(1);
  });
});
