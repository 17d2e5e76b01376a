import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, type RawServer, startRawServer } from '../../support/mcp-raw-server.ts';

const mebibyte = 2 ** 20;

describe('A server that is sent what it should not be', () => {
  let server: RawServer;

  beforeAll(async () => {
    server = await startRawServer();
    await server.initialize();
  });
  afterAll(() => server.stop());

  async function answerTo(bytes: string | Uint8Array): Promise<Message> {
    const before = server.lines.length;
    server.write(bytes);
    await server.count(before + 1);
    return server.messages[before] ?? {};
  }

  async function expectAlive(): Promise<void> {
    const { result } = await server.callTool('vm_get', { vm: 'web' });
    expect(result?.structuredContent).toMatchObject({ machine: { name: 'web' } });
  }

  it.each<[string, string | Uint8Array, number, unknown]>([
    ['not JSON', 'hello\n', -32700, null],
    ['half of JSON', '{"jsonrpc":"2.0","id":1\n', -32700, null],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), -32700, null],
    ['open brackets without end', `${'['.repeat(200_000)}\n`, -32700, null],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n', -32600, null],
    ['no version', '{"id":1,"method":"tools/list"}\n', -32600, 1],
    ['a number as method', '{"jsonrpc":"2.0","id":1,"method":1}\n', -32600, 1],
    ['null as id', '{"jsonrpc":"2.0","id":null,"method":"tools/list"}\n', -32600, null],
    ['a text as parameters', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":"x"}\n', -32600, 1],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"tools/break"}\n', -32601, 1],
    ['an unknown tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}\n', -32602, 1],
    ['a number as tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}\n', -32602, 1],
    ['no tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call"}\n', -32602, 1],
    [
      'a list as arguments',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"vm_get","arguments":[]}}\n',
      -32602,
      1,
    ],
    ['a number as cursor', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":1}}\n', -32602, 1],
    ['a second greeting without a version', '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n', -32602, 1],
    [
      'a wrong progress token',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":[]}}}\n',
      -32602,
      1,
    ],
    [
      'a name from the prototype',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"constructor"}}\n',
      -32602,
      1,
    ],
  ])('answers %s with the right error and goes on', async (_what, bytes, code, id) => {
    const { jsonrpc, error, ...rest } = await answerTo(bytes);
    expect({ jsonrpc, code: error?.code, id: rest.id }).toEqual({ jsonrpc: '2.0', code, id });
    await expectAlive();
  });

  it('ignores empty lines, answers to nothing, and unknown notifications', async () => {
    const before = server.lines.length;
    server.write('\n\r\n  \n{"jsonrpc":"2.0","id":77,"result":{}}\n{"jsonrpc":"2.0","method":"notifications/x"}\n');
    server.write('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"unknown"}}\n');
    server.write('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}\n');
    await expectAlive();
    expect(server.lines.length).toBe(before + 1);
  });

  it('refuses an id whose first request is still unanswered', async () => {
    const request = { jsonrpc: '2.0', id: 'twice', method: 'tools/call' };
    const before = server.lines.length;
    server.write(
      [1, 2].map(() => `${JSON.stringify({ ...request, params: { name: 'vm_list', arguments: {} } })}\n`).join(''),
    );
    await server.count(before + 2);
    const answers = server.messages.slice(before);
    expect(answers.map(answer => answer.error?.code ?? 0).sort()).toEqual([-32600, 0]);
    server.send({ ...request, method: 'ping' });
    await server.count(before + 3);
    expect(server.messages.at(-1)).toMatchObject({ id: 'twice', result: {} });
  });

  it('answers a call of 11 MB as a call', async () => {
    const { result, error } = await server.callTool('vm_get', { vm: 'x'.repeat(11 * mebibyte) });
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ isError: true });
    expect(JSON.stringify(result).length).toBeLessThan(100_000);
    const unknown = await server.callTool('x'.repeat(11 * mebibyte));
    expect(unknown.error?.code).toBe(-32602);
    await expectAlive();
  });

  it('answers 11 MB that are not JSON with a parse error', async () => {
    const { error } = await answerTo(`${'x'.repeat(11 * mebibyte)}\n`);
    expect(error?.code).toBe(-32700);
    await expectAlive();
  });

  it('drops a line of 64 MB, without holding it, and says so', async () => {
    const line = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'y'.repeat(64 * mebibyte) } });
    const { id, error } = await answerTo(`${line}\n`);
    expect({ id, code: error?.code }).toEqual({ id: null, code: -32600 });
    await expectAlive();
  });

  it('answers 10,000 generated bad lines, each with the right error', async () => {
    const lines = fc.sample(badLine, { numRuns: 10_000, seed: 1 });
    const before = server.lines.length;
    server.write(lines.map(({ line }) => `${line}\n`).join(''));
    await server.count(before + lines.length);
    const codes = server.messages.slice(before).map(answer => answer.error?.code);
    expect(codes).toEqual(lines.map(({ code }) => code));
    await expectAlive();
  });
});

const jsonLine = fc.jsonValue().map(value => JSON.stringify(value));
const notJson = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    jsonLine.map(text => text.slice(0, -1)),
    jsonLine.map(text => `${text}}`),
    fc.constantFrom('{', '[', '"', '{"jsonrpc":"2.0","id":1,"method":"ping"', "{'a':1}", 'undefined', '\\'),
  )
  .map(text => text.replaceAll(/[\n\r]/g, ' '))
  .filter(text => text.trim() !== '' && !isJson(text))
  .map(line => ({ line, code: -32700 }));
const notRequest = fc
  .oneof(
    fc.jsonValue().filter(value => !isRequestLike(value)),
    fc.array(fc.constant({ jsonrpc: '2.0', id: 1, method: 'ping' })),
    fc.record({
      jsonrpc: fc.constantFrom<unknown>('1.0', 2, null, '2.0 '),
      id: fc.integer(),
      method: fc.string(),
    }),
    fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.integer(),
      method: fc.jsonValue().filter(value => typeof value !== 'string'),
    }),
    fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.integer(),
      method: fc.string(),
      params: fc.jsonValue().filter(value => value === null || typeof value !== 'object'),
    }),
    fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.jsonValue().filter(value => typeof value !== 'string' && !Number.isSafeInteger(value)),
      method: fc.string(),
    }),
  )
  .map(value => ({ line: JSON.stringify(value), code: -32600 }));
const badLine = fc.oneof(notJson, notRequest);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isRequestLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jsonrpc' in value && value.jsonrpc === '2.0';
}
