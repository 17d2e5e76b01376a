import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseError } from 'vscode-jsonrpc';
import catalog from '../../schemas/catalog.json' with { type: 'json' };
import { faultCodes } from '../../src/errors/fault.ts';
import { mcpName } from '../../src/tools/derive/mcp-tool.ts';
import { connectTestClient, eras } from '../support/mcp-client.ts';
import { createTestHome, memoryConfiguration } from '../support/mcp-home.ts';
import { runVmbridge } from './cli/support/run-vmbridge.ts';
import { connect, startServer } from './jsonrpc/support/start-server.ts';

interface Call {
  readonly id: string;
  readonly input: Record<string, unknown>;
}

// Those that answer quickly with any input that happens to be right. The key of proofs is written wherever one is told to.
const leftOut = ['operation.wait', 'engine.status', 'proof.key'];
const quick = catalog.tools.filter(tool => !tool.long && !leftOut.includes(tool.id));
const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\0',
    '../../etc/passwd',
    '$(id)',
    "'; rm -rf /",
    '%s%n',
    '__proto__',
    'x'.repeat(5000),
    -1,
    1e308,
  ),
);

/** An example of the tool with one field put wrong, one added or all replaced. */
const call: fc.Arbitrary<Call> = fc.constantFrom(...quick).chain(tool => {
  const example: Record<string, unknown> = { ...tool.examples[0]?.input };
  const fields = [...Object.keys(tool.input.properties), 'constructor', '__proto__', 'extra'];
  const input = fc.oneof(
    fc.record({ field: fc.constantFrom(...fields), value: hostile }).map(({ field, value }) => ({
      ...example,
      [field]: value,
    })),
    fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), hostile, { maxKeys: 4 }),
  );
  return input.map(made => ({ id: tool.id, input: JSON.parse(JSON.stringify(made)) as Record<string, unknown> }));
});

function expectFault(error: unknown): void {
  expect(error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  const { code, message } = error as { code: string; message: string };
  expect(faultCodes).toContain(code);
  // "failed" is what nobody foresaw.
  expect(code, message).not.toBe('failed');
  expect(message.length).toBeLessThan(2000);
}

describe('Arguments of all kinds end in an answer or a Fault', () => {
  it.each(eras)('over MCP, with a client of %s', { timeout: 120_000 }, async era => {
    const { client, close } = await connectTestClient({ era, configuration: memoryConfiguration });
    const check = async ({ id, input }: Call) => {
      const { isError, structuredContent } = await client.callTool({ name: mcpName(id), arguments: input });
      if (isError) expectFault((structuredContent as { error: unknown }).error);
      else expect(structuredContent).toBeTypeOf('object');
    };
    await fc.assert(fc.asyncProperty(call, check), { numRuns: 300 });
    await close();
  });

  it('over JSON-RPC', { timeout: 120_000 }, async () => {
    const server = startServer([], memoryConfiguration);
    const connection = connect(server);
    const check = async ({ id, input }: Call) => {
      try {
        expect(await connection.sendRequest(id, input)).toBeTypeOf('object');
      } catch (error) {
        if (!(error instanceof ResponseError)) throw error;
        expectFault(error.data);
      }
    };
    await fc.assert(fc.asyncProperty(call, check), { numRuns: 300 });
    await server.stop();
  });

  it('at the command line', { timeout: 120_000 }, async () => {
    const home = createTestHome(memoryConfiguration);
    const check = async ({ id, input }: Call) => {
      const { status, json } = await runVmbridge(home, ['call', id, JSON.stringify(input), '--json']);
      if (status === 0) expect(json).toBeTypeOf('object');
      else expectFault(json.error);
      expect([0, 1, 2]).toContain(status);
    };
    await fc.assert(fc.asyncProperty(call, check), { numRuns: 20 });
    home.remove();
  });
});
