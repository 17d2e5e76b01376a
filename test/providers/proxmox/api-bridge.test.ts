import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestBridge, type TestBridge } from '../../rpc/support/test-bridge.ts';
import { type ContractServer, missingContracts, startContractServer } from '../../support/proxmox/contract-server.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`storage, backups and the API through the bridge ${missing ?? ''}`, () => {
  let server: ContractServer;
  let bridge: TestBridge;

  beforeAll(async () => {
    server = await startContractServer({ version: '9.2', taskMilliseconds: 2 });
    process.env.VMBRIDGE_PASSPHRASE = 'correct horse battery';
    bridge = await openTestBridge({ configuration: configuration() });
    await bridge.call('credential.set', { name: 'lab', secret: server.rootToken.secret });
  });
  afterAll(async () => {
    await bridge?.[Symbol.asyncDispose]();
    await server?.close();
  });

  function configuration(more: object = {}): Record<string, unknown> {
    const { user, tokenId } = server.rootToken;
    const { addresses, caFile } = server;
    const hosts = { lab: { provider: 'proxmox', addresses, caFile, user, tokenId, credential: 'lab' } };
    return { providers: { proxmox: { enabled: true } }, hosts, ...more };
  }
  const outcome = async (call: Promise<{ result: unknown; undo?: { handle?: string } }>) => (await call).result;

  it('finds the only host that can do it', async () => {
    const { storages } = await bridge.call('storage.list');
    expect(storages.map(({ name }: { name: string }) => name)).toContain('shared');
    const { nodes } = await bridge.call('node.list', { host: 'lab', detailed: true });
    expect(nodes[0]).toMatchObject({ name: 'pve1', kernel: '6.17.2-1-pve' });
    // The pretend hypervisor has nodes too, of which it tells less.
    await expect(bridge.call('node.list')).rejects.toMatchObject({ code: 'ambiguous' });
    const detailed = bridge.call('node.list', { provider: 'memory', detailed: true });
    await expect(detailed).rejects.toMatchObject({ code: 'unsupported', data: { field: 'detailed' } });
  });

  it('backs up a machine by name, and restores it beside the original', async () => {
    const made = await outcome(bridge.call('backup.run', { vm: 'web', storage: 'shared' }));
    const { backups } = made as { backups: { id: string; vm: string }[] };
    expect(backups).toMatchObject([{ vm: 'proxmox:lab/100' }]);
    const restored = await outcome(bridge.call('backup.restore', { backup: backups[0]?.id, vmid: 400 }));
    expect(restored).toMatchObject({ vm: 'proxmox:lab/400' });
  });

  it('undoes an upload and a new job', async () => {
    const file = path.join(bridge.home, 'small.iso');
    writeFileSync(file, 'disc');
    const sent = await bridge.call('storage.upload', { file, storage: 'local' });
    const made = await bridge.call('backup.job.create', { schedule: 'daily', storage: 'shared', all: true });
    const handles = [sent, made].map(answer => JSON.stringify(answer).match(/un-[0-9a-z]{10}/)?.[0]);
    for (const handle of handles) await bridge.call('operation.undo', { handle });
    const { volumes } = await bridge.call('storage.contents', { storage: 'local', content: 'iso' });
    expect(volumes.map(({ id }: { id: string }) => id)).not.toContain('local:iso/small.iso');
    expect(await bridge.call('backup.job.list')).toEqual({ jobs: [] });
  });

  it('writes no parameter of a request into the audit log, which may be a secret', async () => {
    const params = { userid: 'new@pve', password: 'hunter22-and-more' };
    await bridge.call('proxmox.api', { method: 'POST', path: '/access/users', params });
    const audit = JSON.stringify(bridge.audit());
    expect(audit).toContain('/access/users');
    expect(audit).not.toContain('hunter22');
  });

  it('lets a model read, and asks a person before it changes anything', async () => {
    const model = { door: 'mcp' } as const;
    const read = await bridge.call('proxmox.api', { path: '/nodes/pve1/dns' }, model);
    expect(JSON.stringify(read)).toContain('task');
    const change = bridge.call('proxmox.api', { method: 'DELETE', path: '/nodes/pve1/qemu/103' }, model);
    await expect(change).rejects.toMatchObject({ code: 'approval_required' });
    const pruning = bridge.call('backup.run', { vm: 'db', storage: 'shared', prune: true, keep: { last: 1 } }, model);
    await expect(pruning).rejects.toMatchObject({ code: 'approval_required' });
    expect(server.calledOf('DELETE', '/nodes/{node}/qemu/{vmid}')).toEqual([]);
    const { result } = await bridge.call('backup.run', { vm: 'db', storage: 'shared' }, model);
    expect(result).toMatchObject({ backups: [{ vm: 'proxmox:lab/101' }] });
  });

  it('does not let the API reach what a list of machines leaves out', async () => {
    await using narrow = await openTestBridge({ configuration: configuration({ machines: ['web'] }) });
    await narrow.call('credential.set', { name: 'lab', secret: server.rootToken.secret });
    const request = narrow.call('proxmox.api', { path: '/nodes/pve2/qemu/101/config' });
    await expect(request).rejects.toMatchObject({ code: 'denied' });
    const others = narrow.call('backup.run', { vms: ['db'], storage: 'shared' });
    await expect(others).rejects.toMatchObject({ code: 'not_found' });
    const { machines } = await narrow.call('backup.missing');
    expect(new Set(machines.map(({ name }: { name: string }) => name))).toEqual(new Set(['web']));
  });
});
