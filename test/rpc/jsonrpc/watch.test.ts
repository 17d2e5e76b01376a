import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { noProviders } from '../../support/no-providers.ts';
import { connect, type Server, startServer } from './support/start-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
type Answer = any;

describe('a client that watches', () => {
  let server: Server;
  let connection: MessageConnection;
  const told: Answer[] = [];

  beforeAll(async () => {
    const machines = [{ name: 'web', state: 'running' }, { name: 'db' }];
    const memory = { enabled: true, speed: 1000, machines };
    server = startServer([], { inventory: { watchSeconds: 0.5 }, providers: { ...noProviders, memory } });
    connection = connect(server);
    connection.onNotification('vm.changed', (change: Answer) => void told.push(change));
  });
  afterAll(async () => {
    connection.dispose();
    await server.stop();
  });

  const ask = (method: string, params: object): Promise<Answer> => connection.sendRequest(method, params);

  it('is told the machines, and then what changes, until it has had enough', async () => {
    const all = await ask('vm.watch', {});
    const running = await ask('vm.watch', { filter: { state: 'running' } });
    expect(all).toMatchObject({ watch: 'watch-1', machines: [{ name: 'db' }, { name: 'web' }], missing: [] });
    expect(running.machines).toMatchObject([{ name: 'web' }]);
    await ask('vm.start', { vm: 'db' });
    await expect.poll(() => told, { timeout: 5000 }).toHaveLength(2);
    expect(told).toMatchObject([
      { watch: 'watch-1', added: [], removed: [], changed: [{ id: 'memory:local/db', machine: { state: 'running' } }] },
      { watch: 'watch-2', added: [{ id: 'memory:local/db' }] },
    ]);
    await ask('vm.unwatch', { watch: 'watch-1' });
    await ask('vm.stop', { vm: 'web', force: true });
    await expect.poll(() => told, { timeout: 5000 }).toHaveLength(3);
    expect(told[2]).toMatchObject({ watch: 'watch-2', removed: ['memory:local/web'] });
    await ask('vm.unwatch', { watch: 'watch-2' });
  });

  it.each([
    ['vm.watch', { filter: { flavour: 1 } }, { code: 'invalid', data: { field: 'flavour' } }],
    ['vm.watch', { filter: { provider: 'nobody' } }, { code: 'not_found' }],
    ['vm.watch', { state: 'running' }, { code: 'invalid', data: { field: 'state' } }],
    ['vm.unwatch', { watch: 'watch-9' }, { code: 'not_found' }],
    ['vm.unwatch', {}, { code: 'invalid', data: { field: 'watch' } }],
  ])('is refused %s %j', async (method, params, expected) => {
    await expect(ask(method, params)).rejects.toMatchObject({ data: expected });
  });

  it('finds both methods in rpc.discover', async () => {
    const { methods } = await ask('rpc.discover', {});
    expect(methods.map(({ name }: Answer) => name)).toEqual(expect.arrayContaining(['vm.watch', 'vm.unwatch']));
  });
});
