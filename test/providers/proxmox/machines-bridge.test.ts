import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { type ContractServer, missingContracts, startContractServer } from '../../support/proxmox/contract-server.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`the bridge with a host of Proxmox VE ${missing ?? ''}`, () => {
  let server: ContractServer;
  let bridge: TestBridge;
  beforeAll(async () => {
    server = await startContractServer({ version: '9.2', taskMilliseconds: 2 });
    const { user, tokenId, secret } = server.rootToken;
    const { addresses, caFile } = server;
    process.env.VMBRIDGE_PASSPHRASE = 'correct horse battery';
    bridge = await openTestBridge({
      memory: { machines: [{ name: 'pretend', state: 'running' }] },
      configuration: {
        providers: { proxmox: { enabled: true } },
        hosts: { lab: { provider: 'proxmox', addresses, caFile, user, tokenId, credential: 'lab' } },
      },
    });
    await bridge.call('credential.set', { name: 'lab', secret });
  });
  afterAll(async () => {
    await bridge?.[Symbol.asyncDispose]();
    await server?.close();
  });
  const outcome = async (call: Promise<{ result: unknown; operation: { state: string } }>) => (await call).result;

  it('lists its machines beside those of others', async () => {
    const { machines, missing: silent } = await bridge.call('vm.list');
    expect(silent).toEqual([]);
    expect(machines.map(({ id }: { id: string }) => id)).toEqual([
      'memory:local/pretend',
      ...[100, 101, 102, 103, 200, 201].map(vmid => `proxmox:lab/${vmid}`),
    ]);
  });

  it('finds them by name, and does as it is told', async () => {
    expect(await bridge.call('vm.get', { vm: 'web' })).toMatchObject({ machine: { id: 'proxmox:lab/100' } });
    const stopped = await outcome(bridge.call('vm.stop', { vm: 'web' }));
    expect(stopped).toMatchObject({ machine: { state: 'stopped' }, method: 'guest' });
    expect(await outcome(bridge.call('vm.start', { vm: 'web' }))).toMatchObject({ machine: { state: 'running' } });
    expect(await outcome(bridge.call('vm.exec', { vm: 'web', command: 'echo', arguments: ['hi'] }))).toMatchObject({
      stdout: 'hi\n',
    });
  });

  it('refuses what it can not honour, there and elsewhere', async () => {
    const refused = async (id: string, input: object, field: string) =>
      expect(bridge.call(id, input)).rejects.toMatchObject({ code: 'unsupported', data: { field } });
    await refused('vm.exec', { vm: 'web', command: 'env', environment: ['A=b'] }, 'environment');
    await refused('vm.create', { provider: 'proxmox', name: 'x', iso: '/isos/debian.iso' }, 'iso');
    await refused('vm.create', { provider: 'memory', name: 'x', node: 'pve1' }, 'node');
    await refused('vm.delete', { vm: 'memory:local/pretend', purge: true }, 'purge');
  });

  it('writes no secret into the audit log', async () => {
    const made = await outcome(
      bridge.call('vm.create', {
        provider: 'proxmox',
        host: 'lab',
        kind: 'container',
        name: 'vault',
        template: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
        password: 'hunter22-and-more',
        options: { nameserver: '192.0.2.53' },
      }),
    );
    expect(made).toMatchObject({ machine: { kind: 'container', name: 'vault' } });
    const audit = JSON.stringify(bridge.audit());
    expect(audit).toContain('vault');
    expect(audit).not.toContain('hunter22');
    expect(audit).not.toContain('192.0.2.53');
  });
});
