import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { filesBelow } from '../../support/leftovers.ts';
import { type ContractServer, missingContracts, startContractServer } from '../../support/proxmox/contract-server.ts';
import { connectRfb } from '../../support/rfb-client.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`networks and screens of a host, through the bridge ${missing ?? ''}`, () => {
  let server: ContractServer;
  let bridge: TestBridge;
  beforeAll(async () => {
    server = await startContractServer({ version: '9.2', taskMilliseconds: 2 });
    const { user, tokenId, secret } = server.rootToken;
    const { addresses, caFile } = server;
    process.env.VMBRIDGE_PASSPHRASE = 'correct horse battery';
    bridge = await openTestBridge({
      memory: {},
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

  it('are listed, made and deleted where the host is named', async () => {
    const { networks } = await bridge.call('network.list', { host: 'lab' });
    expect(networks.map(({ name, node }: { name: string; node: string }) => `${node}/${name}`)).toEqual([
      'pve1/vmbr0',
      'pve2/vmbr0',
    ]);
    const made = await bridge.call('network.create', { host: 'lab', name: 'vmbr1', node: 'pve1', apply: true });
    expect(made).toMatchObject({ network: { id: 'proxmox:lab/pve1/vmbr1', active: true } });
    const gone = await bridge.call('network.delete', { host: 'lab', network: 'vmbr1', apply: true });
    expect(gone).toMatchObject({ deleted: 'proxmox:lab/pve1/vmbr1' });
  });

  it('refuse fields that are for others', async () => {
    const refused = async (input: object, field: string) =>
      expect(bridge.call('network.create', input)).rejects.toMatchObject({ code: 'unsupported', data: { field } });
    await refused({ provider: 'memory', name: 'x', apply: true }, 'apply');
    await refused({ provider: 'memory', name: 'x', node: 'pve1' }, 'node');
    await refused({ provider: 'proxmox', name: 'vmbr1', kind: 'nat' }, 'kind');
  });

  it('have adapters of machines, whose changes can be undone', async () => {
    const before = await bridge.call('vm.adapter.list', { vm: 'web' });
    const changed = await bridge.call('vm.adapter.set', { vm: 'web', adapter: 'net0', vlan: 7, connected: 'no' });
    expect(changed).toMatchObject({ adapter: { vlan: 7, connected: false }, before: { vlan: 0, connected: 'yes' } });
    await bridge.call('operation.undo', { handle: changed.undo.handle });
    expect(await bridge.call('vm.adapter.list', { vm: 'web' })).toEqual(before);
    const removed = await bridge.call('vm.adapter.remove', { vm: 'web', adapter: 'net0' });
    await bridge.call('operation.undo', { handle: removed.undo.handle });
    expect(await bridge.call('vm.adapter.list', { vm: 'web' })).toEqual(before);
  });

  it('let a viewer in, and leave neither password nor ticket nor text behind', async () => {
    await bridge.call('vm.type', { vm: 'web', text: 'hunter22' });
    const input = { vm: 'web', kind: 'tcp' };
    const { address, password } = await bridge.call('vm.console', input, { door: 'attended' });
    const viewer = await connectRfb({ port: Number(address.split(':')[1]) }, password);
    expect(viewer.width).toBe(server.screen(100).width);
    viewer.close();
    const files = filesBelow(bridge.home).filter(name => /\.(json|jsonl|log)$/.test(name));
    const texts = files.map(name => readFileSync(path.join(bridge.home, name), 'latin1'));
    for (const secret of [password, 'PVEVNC', 'hunter22']) {
      expect(files.filter((_, index) => texts[index]?.includes(secret))).toEqual([]);
    }
  });
});
