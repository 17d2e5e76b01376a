import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
  tokenHeader,
} from '../../../support/proxmox/contract-server.ts';
import { Authority } from '../../../support/proxmox/tls/authority.ts';
import { ask } from './support/ask.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`faults of the contract server ${missing ?? ''}`, () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer();
  });
  afterAll(() => server.close());
  const root = (method: string, path: string, params: object = {}, options: object = {}) =>
    ask(server, method, path, params, { Authorization: tokenHeader(server.rootToken) }, options);

  it('break the line before or after the deed, or in the middle of the answer', async () => {
    const pool = { method: 'POST', template: '/pools' };
    server.fault({ match: pool, kind: 'reset-before' });
    await expect(root('POST', '/pools', { poolid: 'a' })).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(server.cluster.pools.has('a')).toBe(false);
    server.fault({ match: pool, kind: 'reset-after' });
    await expect(root('POST', '/pools', { poolid: 'a' })).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(server.cluster.pools.has('a')).toBe(true);
    const { met } = server.fault({ match: { template: '/version' }, kind: 'close-mid-body' });
    await expect(root('GET', '/version')).rejects.toThrow(/aborted/);
    expect(met).toBe(0);
    expect((await root('GET', '/version')).status).toBe(200);
  });

  it('answer a status of the test’s own, so often as asked', async () => {
    const fault = server.fault({
      match: { template: '/nodes/{node}/{type}/{vmid}/config' },
      kind: 'status',
      status: 503,
      reason: 'busy',
      times: 2,
    });
    for (const expected of [503, 503, 200])
      expect((await root('GET', '/nodes/pve1/qemu/100/config')).status).toBe(expected);
    expect(fault.met).toBe(2);
    expect(server.calledOf('GET', '/nodes/{node}/qemu/{vmid}/config')).toHaveLength(1);
  });

  it('let a node die in the middle of a task, and come back', async () => {
    server.taskTimes.byType.qmstart = 60_000;
    const { data: upid } = await root('POST', '/nodes/pve2/qemu/101/status/start', {}, { node: 'pve1' });
    const address = server.addressOf('pve2');
    await server.killNode('pve2');
    await expect(root('GET', '/version', {}, { node: 'pve2' })).rejects.toThrow('ECONNREFUSED');
    expect((await root('GET', '/nodes/pve2/qemu/101/status/current')).status).toBe(595);
    expect((await root('GET', '/cluster/resources', { type: 'vm' })).data).toContainEqual(
      expect.objectContaining({ vmid: 101, status: 'unknown' }),
    );
    await server.reviveNode('pve2');
    expect(server.addressOf('pve2')).toBe(address);
    expect((await root('GET', `/nodes/pve2/tasks/${encodeURIComponent(String(upid))}/status`)).data).toMatchObject({
      status: 'stopped',
      exitstatus: 'unexpected status',
    });
    expect((await root('GET', '/version', {}, { node: 'pve2' })).status).toBe(200);
  });

  it('fail a task halfway', async () => {
    server.failTask('qmsnapshot', 'out of space');
    const { data: upid } = await root('POST', '/nodes/pve1/qemu/100/snapshot', { snapname: 'before' });
    await server.settleTasks();
    const at = `/nodes/pve1/tasks/${encodeURIComponent(String(upid))}/status`;
    expect(await root('GET', at)).toMatchObject({ reason: 'OK', data: { exitstatus: 'out of space' } });
    expect(server.guest(100).lock).toBeUndefined();
  });

  it('change a certificate while it runs', async () => {
    const [before] = server.fingerprints;
    const after = server.changeCertificate('pve1');
    expect(after).not.toBe(before);
    expect(server.fingerprints[0]).toBe(after);
    expect((await root('GET', '/version')).status).toBe(200);
  });
});

describe.skipIf(missing !== undefined)(`client certificates ${missing ?? ''}`, () => {
  it('are asked for, and those that are revoked refused', async () => {
    const authority = new Authority('clients');
    try {
      const [good, bad] = [authority.forClient('good'), authority.forClient('bad')];
      await using server = await startContractServer({ clients: { ca: authority.ca, crl: authority.revoke([bad]) } });
      const version = (tls: object) =>
        ask(server, 'GET', '/version', {}, { Authorization: tokenHeader(server.rootToken) }, { tls });
      expect((await version({ cert: good.cert, key: good.key })).status).toBe(200);
      await expect(version({})).rejects.toThrow(/certificate required|ECONNRESET|socket hang up/);
      await expect(version({ cert: bad.cert, key: bad.key })).rejects.toThrow(/revoked|ECONNRESET|socket hang up/);
    } finally {
      authority.remove();
    }
  });
});
