import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import summary from '../../../src/catalog/summary.json' with { type: 'json' };
import { version } from '../../../src/rpc/version.ts';
import { connectTestClient, eras, type TestClient } from '../../support/mcp-client.ts';
import { memoryConfiguration } from '../../support/mcp-home.ts';

const slowMemory = {
  ...memoryConfiguration,
  providers: {
    ...memoryConfiguration.providers,
    memory: {
      ...memoryConfiguration.providers.memory,
      speed: 5,
      faults: [{ tool: 'vm.start', vm: 'slow', hang: true, at: 0.5 }],
    },
  },
};

describe.each(eras)('A client of %s', era => {
  let connection: TestClient;
  let client: Client;

  beforeAll(async () => {
    connection = await connectTestClient({ era, configuration: slowMemory });
    client = connection.client;
  });
  afterAll(() => connection.close());

  it('learns whom it talks to and what for', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'vmbridge', version });
    expect(client.getServerCapabilities()).toMatchObject({ tools: { listChanged: true } });
    expect(client.getInstructions()).toContain('image_prove');
    expect(client.getNegotiatedProtocolVersion()?.slice(0, 4)).toBe(era);
  });

  it('is shown the tools of the catalogue as they were generated', async () => {
    const { tools } = await client.listTools();
    const memory = summary.providers.find(provider => provider.id === 'memory');
    const offered = summary.tools.filter(({ id }) =>
      [...summary.bridge, ...summary.inventory, ...(memory?.tools ?? [])].includes(id),
    );
    const forPeople = offered.filter(tool => 'doors' in tool).map(({ id }) => id);
    expect(forPeople).toEqual(expect.arrayContaining(['approval.decide', 'approval.list', 'config.set']));
    const expected = offered
      .filter(({ id }) => !forPeople.includes(id))
      .map(({ id, mcp }) => {
        const refused = ((memory?.without ?? {}) as Readonly<Record<string, string[]>>)[id] ?? [];
        const fields = Object.entries(mcp.inputSchema.properties).filter(([field]) => !refused.includes(field));
        return { ...mcp, inputSchema: { ...mcp.inputSchema, properties: Object.fromEntries(fields) } };
      });
    expect(tools).toEqual(expected);
  });

  it('gets a result as structure and as the same JSON in text', async () => {
    const { structuredContent, content, isError } = await client.callTool({ name: 'vm_get', arguments: { vm: 'web' } });
    expect(isError).toBeFalsy();
    expect(structuredContent).toMatchObject({ machine: { name: 'web', state: 'running' } });
    expect(content).toEqual([{ type: 'text', text: JSON.stringify(structuredContent) }]);
  });

  it('gets a Fault as an error result with code and remedy', async () => {
    const result = await client.callTool({ name: 'vm_get', arguments: { vm: 'nowhere' } });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ error: { code: 'not_found', remedy: expect.any(String) } });
    expect(result.content).toEqual([{ type: 'text', text: JSON.stringify(result.structuredContent) }]);
  });

  it('gets a wrong input as an error result that names the field', async () => {
    const result = await client.callTool({ name: 'vm_get', arguments: { vm: 7 } });
    expect(result.structuredContent).toMatchObject({ error: { code: 'invalid', data: { field: 'vm' } } });
  });

  it('is refused an unknown tool with "invalid params"', async () => {
    await expect(client.callTool({ name: 'vm_levitate', arguments: {} })).rejects.toMatchObject({ code: -32602 });
  });

  it('cannot destroy anything by itself', async () => {
    const result = await client.callTool({ name: 'vm_delete', arguments: { vm: 'db' } });
    expect(result.structuredContent).toMatchObject({ error: { code: 'approval_required' } });
  });

  it('is told of progress that always grows', async () => {
    const notes: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
    const result = await client.callTool(
      { name: 'vm_start', arguments: { vm: 'db' } },
      { onprogress: note => notes.push(note) },
    );
    expect(result.structuredContent).toMatchObject({ operation: { state: 'succeeded' }, result: { machine: {} } });
    expect(notes.length).toBeGreaterThan(2);
    expect(notes.every(note => note.total === 100 && (note.message ?? '') !== '')).toBe(true);
    const values = notes.map(note => note.progress);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
  });

  it('stops the work by cancelling its call, and nothing else is delayed by it', async () => {
    const controller = new AbortController();
    const started = Promise.withResolvers<void>();
    const call = client.callTool(
      { name: 'vm_start', arguments: { vm: 'slow' } },
      { signal: controller.signal, onprogress: () => started.resolve() },
    );
    const ended = expect(call).rejects.toThrow();
    await started.promise;
    const began = performance.now();
    await client.callTool({ name: 'vm_get', arguments: { vm: 'web' } });
    expect(performance.now() - began).toBeLessThan(2000);
    controller.abort('no longer wanted');
    await ended;
    await expect.poll(() => operationStates(client), { timeout: 10_000 }).not.toContain('running');
    expect(await operationStates(client)).toContain('cancelled');
  });

  it('leaves its name in the audit log', () => {
    const file = path.join(connection.folder, 'logs', `audit-${new Date().toISOString().slice(0, 7)}.jsonl`);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map(line => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ tool: 'vm.delete', door: 'mcp', client: 'test', outcome: 'approval_required' }),
    );
  });
});

describe.each(eras)('A list that changes for a client of %s', era => {
  it('is announced after the providers were looked at', async () => {
    const changed = Promise.withResolvers<readonly string[]>();
    const brokenMemory = { enabled: true, faults: [{ tool: 'probe', fault: 'unavailable' }] };
    const connection = await connectTestClient({
      era,
      configuration: { providers: { memory: brokenMemory, qemu: { enabled: false } } },
      options: {
        listChanged: {
          tools: {
            onChanged: (error, tools) =>
              error ? changed.reject(error) : changed.resolve((tools ?? []).map(tool => tool.name)),
          },
        },
      },
    });
    try {
      const { tools } = await connection.client.listTools();
      expect(tools.map(tool => tool.name)).toContain('vm_start');
      const names = await changed.promise;
      expect(names).not.toContain('vm_start');
      expect(names).toContain('provider_list');
    } finally {
      await connection.close();
    }
  });
});

async function operationStates(client: Client): Promise<string[]> {
  const { structuredContent } = await client.callTool({ name: 'operation_list', arguments: {} });
  return (structuredContent as { operations: { state: string }[] }).operations.map(operation => operation.state);
}
