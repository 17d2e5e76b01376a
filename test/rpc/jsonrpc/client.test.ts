import { afterEach, describe, expect, it } from 'vitest';
import {
  type CancellationToken,
  CancellationTokenSource,
  type MessageConnection,
  ParameterStructures,
} from 'vscode-jsonrpc/node';
import { memoryConfiguration } from '../../support/mcp-home.ts';
import { noProviders } from '../../support/no-providers.ts';
import { connect, RawClient, type Server, startServer } from './support/start-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
type Answer = any;

const { machines } = memoryConfiguration.providers.memory;
// Quick, but for one machine whose start goes on until it is cancelled.
const memory = { enabled: true, machines, speed: 20, faults: [{ tool: 'vm.start', vm: 'slow', hang: true, at: 0.5 }] };
const configuration = { providers: { ...noProviders, memory } };
const running: Server[] = [];

function open(flags: readonly string[] = [], settings: unknown = configuration) {
  const server = startServer(flags, settings);
  running.push(server);
  return { server, client: connect(server) };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(server => server.stop()));
});

/** Starts a call that goes on until it is cancelled; resolves when it is under way. */
async function startHanging(client: MessageConnection, token?: CancellationToken) {
  const started = new Promise<void>(resolve => client.onNotification('$/progress', () => resolve()));
  const params = { vm: 'slow', workDoneToken: 1 };
  const ended = rejection(
    token ? client.sendRequest('vm.start', params, token) : client.sendRequest('vm.start', params),
  );
  await started;
  return { ended };
}

const rejection = async (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    error => error,
  );

describe('a vscode-jsonrpc client', () => {
  it('lists and calls the tools that rpc.discover describes', async () => {
    const { client } = open();
    const document = await client.sendRequest<Answer>('rpc.discover');
    expect(document.openrpc).toMatch(/^1\./);
    const names = document.methods.map((method: { name: string }) => method.name);
    expect(names).toContain('vm.list');
    expect(names).not.toContain('image.prove');
    expect(document.components.errors.not_found).toEqual({ code: -32010, message: expect.any(String) });
    const references = document.methods.flatMap((method: Answer) => method.errors ?? []);
    for (const { $ref } of references) expect(document.components.errors).toHaveProperty([$ref.split('/').at(-1)]);
    const { machines } = await client.sendRequest<Answer>('vm.list', { state: 'running' });
    expect(machines).toMatchObject([{ name: 'web', state: 'running' }]);
  });

  it('may send its params by name, in a list of one, or not at all', async () => {
    const { client } = open();
    const byName = await client.sendRequest('vm.list', ParameterStructures.byName, { name: 'web' });
    expect(await client.sendRequest('vm.list', ParameterStructures.byPosition, { name: 'web' })).toEqual(byName);
    const all = await client.sendRequest('vm.list', {});
    for (const none of [undefined, null]) expect(await client.sendRequest('vm.list', none)).toEqual(all);
    expect(await client.sendRequest('vm.list')).toEqual(all);
    for (const [first, ...others] of [[1], ['x'], [{}, {}], [[{}]]]) {
      expect(await rejection(client.sendRequest('vm.list', first, ...others))).toMatchObject({ code: -32602 });
    }
  });

  it('gets the Fault of a call as code, message and data', async () => {
    const { client } = open(['--read-only']);
    expect(await rejection(client.sendRequest('vm.get', { vm: 'nobody' }))).toMatchObject({
      code: -32010,
      message: 'There is no machine "nobody".',
      data: { code: 'not_found', remedy: expect.any(String) },
    });
    expect(await rejection(client.sendRequest('vm.get', { vm: 5 }))).toMatchObject({
      code: -32602,
      data: { code: 'invalid', data: { field: 'vm' } },
    });
    expect(await rejection(client.sendRequest('vm.start', { vm: 'db' }))).toMatchObject({ code: -32015 });
    expect(await rejection(client.sendRequest('vm.nothing', {}))).toMatchObject({ code: -32601 });
    expect(await rejection(client.sendRequest('toString', {}))).toMatchObject({ code: -32601 });
  });

  it('cannot destroy anything without a person', async () => {
    const { client } = open();
    expect(await rejection(client.sendRequest('vm.delete', { vm: 'db' }))).toMatchObject({
      code: -32016,
      data: { code: 'approval_required' },
    });
  });

  it('is told of progress under its token, before the answer and never after it', async () => {
    const { client } = open();
    const steps: Answer[] = [];
    client.onNotification('$/progress', step => void steps.push(step));
    const { result } = await client.sendRequest<Answer>('vm.start', { vm: 'db', workDoneToken: 'tok' });
    const before = steps.length;
    expect(result.machine.state).toBe('running');
    expect(before).toBeGreaterThan(0);
    for (const { token, value } of steps) {
      expect(token).toBe('tok');
      expect(value).toMatchObject({ kind: 'report', message: expect.any(String) });
      expect(value.percentage === undefined || Number.isInteger(value.percentage)).toBe(true);
    }
    await client.sendRequest('vm.list');
    expect(steps).toHaveLength(before);
    expect(await rejection(client.sendRequest('vm.list', { workDoneToken: {} }))).toMatchObject({ code: -32602 });
  });

  it('can cancel a call, which is answered once it has cleaned up', async () => {
    const { client } = open();
    const source = new CancellationTokenSource();
    const { ended } = await startHanging(client, source.token);
    source.cancel();
    expect(await ended).toMatchObject({ code: -32800, data: { code: 'cancelled' } });
    const { operations } = await client.sendRequest<Answer>('operation.list', {});
    expect(operations).toMatchObject([{ tool: 'vm.start', state: 'cancelled' }]);
  });

  it('waits for no slow call', async () => {
    const { client } = open();
    const source = new CancellationTokenSource();
    const { ended } = await startHanging(client, source.token);
    expect(await client.sendRequest('vm.list')).toMatchObject({ total: 3 });
    source.cancel();
    expect(await ended).toMatchObject({ code: -32800 });
  });

  it('is told when the tools change', async () => {
    const { client } = open([], {
      providers: { qemu: { enabled: true }, memory: { enabled: false } },
      engine: { system: '/nowhere/qemu' },
    });
    const changed = new Promise<void>(resolve => client.onNotification('rpc.toolsChanged', () => resolve()));
    const names = async () =>
      (await client.sendRequest<Answer>('rpc.discover')).methods.map((method: Answer) => method.name);
    expect(await names()).toContain('image.prove');
    await changed;
    expect(await names()).not.toContain('image.prove');
  });
});

describe('the end of a server', () => {
  it('comes with the end of stdin, after what was asked before has been answered', async () => {
    const { server, client } = open();
    const answer = client.sendRequest('vm.list');
    setImmediate(() => server.child.stdin?.end());
    expect(await answer).toMatchObject({ total: 3 });
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('comes with %s and cancels what runs', async (signal, code) => {
    const { server, client } = open();
    const { ended } = await startHanging(client);
    server.child.kill(signal);
    expect(await ended).toMatchObject({ code: -32800 });
    expect(await server.exited).toEqual({ code, signal: null });
  });

  it('does not come with the Ctrl-C of a terminal that an attended server shares with its client', async () => {
    const { server, client } = open(['--attended']);
    await client.sendRequest('vm.list');
    for (let times = 0; times < 2; times++) server.child.kill('SIGINT');
    expect(await client.sendRequest('vm.list')).toMatchObject({ total: 3 });
    server.child.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 143, signal: null });
  });

  it('comes with the notification exit', async () => {
    const { server, client } = open();
    await client.sendNotification('exit');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('comes when nobody reads any more', async () => {
    const { server } = open();
    const raw = new RawClient(server);
    await raw.ask(1);
    server.child.stdout?.destroy();
    await raw.write(`Content-Length: 2\r\n\r\n{}`);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('comes at once, with status 2 and nothing on stdout, when the flags are wrong', async () => {
    const { server } = open(['--nonsense']);
    let output = '';
    server.child.stdout?.on('data', chunk => {
      output += chunk;
    });
    expect(await server.exited).toEqual({ code: 2, signal: null });
    expect(output).toBe('');
    expect(server.stderr()).toMatch(/^vmbridge: .*nonsense/);
  });
});
