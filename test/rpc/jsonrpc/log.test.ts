import { afterEach, describe, expect, it } from 'vitest';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { memoryConfiguration } from '../../support/mcp-home.ts';
import { noProviders } from '../../support/no-providers.ts';
import { connect, frame, RawClient, type Server, startServer } from './support/start-server.ts';

const { machines } = memoryConfiguration.providers.memory;
const configuration = { providers: { ...noProviders, memory: { enabled: true, machines, speed: 200 } } };
const running: Server[] = [];

interface Line {
  readonly level: string;
  readonly message: string;
}

function open(flags: readonly string[] = [], settings: unknown = configuration) {
  const server = startServer(flags, settings);
  running.push(server);
  return server;
}

function listen(client: MessageConnection): Line[] {
  const lines: Line[] = [];
  client.onNotification('rpc.log', (line: Line) => {
    lines.push(line);
  });
  return lines;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(server => server.stop()));
});

describe('the log, sent to a client', () => {
  it('comes only to one that has asked, from the level on that it has asked for', async () => {
    const client = connect(open());
    const lines = listen(client);
    await client.sendRequest('vm.get', { vm: 'web' });
    expect(lines).toEqual([]);
    expect(await client.sendRequest('rpc.setLogLevel', { level: 'debug' })).toEqual({});
    await client.sendRequest('vm.get', { vm: 'web' });
    expect(lines).toContainEqual({ level: 'debug', message: expect.stringMatching(/^Pretend hypervisor .* vm\.get/) });
    expect(lines.some(({ message }) => /vm\.get after \d+ ms/.test(message))).toBe(true);
    await client.sendNotification('rpc.setLogLevel', { level: 'info' });
    const before = lines.length;
    await client.sendRequest('vm.get', { vm: 'web' });
    expect(lines.length).toBe(before);
  });

  it('tells of a failure, and of nothing any more once it is off', async () => {
    const faults = [{ tool: 'vm.start', fault: 'failed', message: 'It broke\u001b[31m\nbadly.' }];
    const client = connect(open([], { providers: { ...noProviders, memory: { enabled: true, machines, faults } } }));
    const lines = listen(client);
    await client.sendRequest('rpc.setLogLevel', { level: 'error' });
    const start = () => client.sendRequest('vm.start', { vm: 'db' }).catch(() => undefined);
    await start();
    expect(lines).toEqual([{ level: 'error', message: expect.stringContaining('It broke\\x1b[31m\\x0abadly.') }]);
    await client.sendRequest('rpc.setLogLevel', { level: 'off' });
    await start();
    expect(lines).toHaveLength(1);
  });

  it.each([undefined, {}, { level: 'loud' }, { level: 'debug', more: 1 }])('is not set by %j', async params => {
    const client = connect(open());
    const error = await client.sendRequest('rpc.setLogLevel', params).catch(fault => fault);
    expect(error).toMatchObject({ code: -32602, data: { data: { field: 'level' } } });
  });

  it('names no machine to whom some are hidden', async () => {
    const client = connect(open(['--machines=web']));
    const lines = listen(client);
    await client.sendRequest('rpc.setLogLevel', { level: 'debug' });
    await client.sendRequest('vm.list', {});
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ message }) => /\{|\bdb\b|slow/.test(message))).toEqual([]);
  });

  it('keeps no server alive whose client is gone', async () => {
    const server = open();
    const client = connect(server);
    await client.sendRequest('rpc.setLogLevel', { level: 'debug' });
    for (let count = 0; count < 50; count++) void client.sendRequest('vm.get', { vm: 'web' }).catch(() => {});
    server.child.stdout?.destroy();
    server.child.stdin?.end();
    expect(await server.exited).toMatchObject({ code: 0 });
  });
});

describe('a byte order mark before everything', () => {
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  const list = (id: number) => frame({ jsonrpc: '2.0', id, method: 'vm.list', params: {} });

  it.each([
    ['in one piece', [Buffer.concat([mark, list(1)])]],
    ['on its own', [mark, list(1)]],
    ['byte by byte', [mark.subarray(0, 1), mark.subarray(1, 2), mark.subarray(2), list(1)]],
  ])('is passed over: %s', async (_how, pieces) => {
    const client = new RawClient(open());
    for (const piece of pieces) {
      await client.write(piece);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    expect(await client.nth(1)).toMatchObject({ id: 1, result: { total: expect.any(Number) } });
  });

  it('counts as garbage anywhere else', async () => {
    const client = new RawClient(open());
    await client.write(Buffer.concat([list(1), mark, list(2)]));
    const answers = [await client.nth(1), await client.nth(2)];
    expect(answers.some(({ error }) => error?.code === -32700)).toBe(true);
  });
});
