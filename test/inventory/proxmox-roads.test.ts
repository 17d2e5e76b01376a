import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, openTestBridge, type TestBridge } from '../rpc/support/test-bridge.ts';
import { type ContractServer, missingContracts, startContractServer } from '../support/proxmox/contract-server.ts';

const missing = missingContracts();
const mac = 'BC:24:11:00:01:00';

describe.skipIf(missing !== undefined)(`a cluster that is reached under two names ${missing ?? ''}`, () => {
  let server: ContractServer;
  let bridge: TestBridge;
  beforeAll(async () => {
    server = await startContractServer({ version: '9.2', taskMilliseconds: 2 });
    const { user, tokenId, secret } = server.rootToken;
    const [first = '', second = first] = server.addresses;
    const host = { provider: 'proxmox', caFile: server.caFile, user, tokenId, credential: 'lab' };
    process.env.VMBRIDGE_PASSPHRASE = 'correct horse battery';
    bridge = await openTestBridge({
      memory: false,
      configuration: {
        // Deriving the key and all the rest of a first call share two cores with other tests.
        inventory: { deadlineSeconds: 30 },
        providers: { proxmox: { enabled: true } },
        hosts: { lab: { ...host, addresses: [first] }, road: { ...host, addresses: [second] } },
      },
    });
    await bridge.call('credential.set', { name: 'lab', secret });
  });
  afterAll(async () => {
    await bridge?.[Symbol.asyncDispose]();
    await server?.close();
  });

  it('has each machine once, with both its ids, and each of them and the name means it', async () => {
    const { machines, total } = await bridge.call('vm.list');
    expect(total).toBe(6);
    expect(machines[0]).toMatchObject({ id: 'proxmox:lab/100', otherIds: ['proxmox:road/100'], name: 'web' });
    expect(machines[0]).not.toHaveProperty('identity');
    for (const vm of ['web', 'proxmox:lab/100', 'proxmox:road/100']) {
      expect(await bridge.call('vm.get', { vm }), vm).toMatchObject({ machine: { name: 'web' } });
    }
    expect((await bridge.call('vm.list', { host: 'road' })).machines[0]).toMatchObject({ id: 'proxmox:road/100' });
    const { machines: picked } = await bridge.call('vm.list', { fields: ['identity'], limit: 1 });
    expect(picked).toEqual([{ id: 'proxmox:lab/100', identity: [expect.stringMatching(/^pve:[0-9a-f]{16}\/100$/)] }]);
  });

  it('is counted once in sums', async () => {
    const { summaries } = await bridge.call('resource.summary');
    const [overall, , lab] = summaries;
    expect(lab).toMatchObject({ scope: 'host', host: 'lab' });
    for (const field of ['machines', 'nodes', 'cpus', 'memoryBytes', 'storageBytes']) {
      expect([field, overall[field]]).toEqual([field, lab[field]]);
    }
    expect(overall.nodes).toBeGreaterThan(0);
  });

  it('has no conflict with itself, and those there are name the machines', async () => {
    const none = await bridge.call('inventory.conflicts');
    expect(none).toMatchObject({ conflicts: [], checked: 6, unseen: [] });
    const guests = (vmid: number) => server.cluster.guests.get(vmid)?.config ?? {};
    Object.assign(guests(101), { net1: `virtio=${mac},bridge=vmbr0`, scsi1: 'shared:103/vm-103-disk-9.raw,size=1G' });
    Object.assign(guests(103), { scsi1: 'shared:103/vm-103-disk-9.raw,size=1G', ide2: 'local:iso/a.iso,media=cdrom' });
    Object.assign(guests(100), { ide2: 'local:iso/a.iso,media=cdrom', unused0: 'shared:103/vm-103-disk-9.raw' });
    // What was read a moment ago still serves: a new bridge looks anew.
    expect((await bridge.call('inventory.conflicts')).conflicts).toEqual([]);
    expect((await bridge.call('inventory.conflicts', { host: 'road' })).conflicts).toMatchObject([
      {
        kind: 'disk',
        severity: 'error',
        what: expect.stringMatching(/^pve:[0-9a-f]{16}\/shared:103\/vm-103-disk-9\.raw$/),
        machines: ['proxmox:road/101', 'proxmox:road/103'],
      },
      { kind: 'mac', what: mac, machines: ['proxmox:road/100', 'proxmox:road/101'] },
    ]);
  });

  it('does the same to many', async () => {
    const { result } = await bridge.call('vm.bulk', { action: 'stop', state: 'running', force: true, wait: 60 });
    expect(result.results.every(({ outcome }: Answer) => outcome === 'succeeded')).toBe(true);
    expect((await bridge.call('vm.list', { state: 'running' })).total).toBe(0);
  });
});
