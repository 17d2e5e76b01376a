import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { Plan } from '../../../src/model/plan.ts';
import { memoryConfiguration } from '../../support/mcp-home.ts';
import { noProviders } from '../../support/no-providers.ts';
import { connect, type Server, startServer } from './support/start-server.ts';

const { machines } = memoryConfiguration.providers.memory;
let server: Server;
let client: MessageConnection;
beforeAll(() => {
  server = startServer([], { providers: { ...noProviders, memory: { enabled: true, machines } } });
  client = connect(server);
});
afterAll(() => server.stop());

const ask = (params: object) => client.sendRequest<{ plan: Plan }>('rpc.plan', params);
const fail = (params: object) => ask(params).catch(error => error);

describe('rpc.plan', () => {
  it('tells the steps of a call that needs a person, and asks for none', async () => {
    const stopped = machines.find(({ state }: { state?: string }) => state !== 'running')?.name;
    const { plan } = await ask({ method: 'vm.delete', params: { vm: stopped } });
    expect(plan).toMatchObject({ tool: 'vm.delete', effect: 'destroy', target: `memory:local/${stopped}` });
    expect(plan.steps).toHaveLength(1);
    expect(await client.sendRequest('vm.get', { vm: stopped })).toMatchObject({ machine: { name: stopped } });
    expect(await client.sendRequest('vm.delete', { vm: stopped }).catch(error => error.code)).toBe(-32016);
  });

  it('is empty for what only reads', async () => {
    expect(await ask({ method: 'vm.list' })).toEqual({ plan: { tool: 'vm.list', effect: 'read', steps: [] } });
  });

  it('fails as the call would, or for itself', async () => {
    const lost = await fail({ method: 'vm.start', params: { vm: 'nobody' } });
    expect(lost).toMatchObject({ code: -32010, data: { code: 'not_found' } });
    expect(await fail({ method: 'vm.start', params: { vm: 1 } })).toMatchObject({ code: -32602 });
    expect(await fail({ method: 'vm.fly' })).toMatchObject({ code: -32601 });
    expect(await fail({ params: {} })).toMatchObject({ code: -32602, data: { data: { field: 'method' } } });
  });

  it('stands in the document, with the log', async () => {
    const { methods } = await client.sendRequest<{ methods: { name: string }[] }>('rpc.discover');
    const names = methods.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['rpc.plan', 'rpc.setLogLevel']));
  });
});
