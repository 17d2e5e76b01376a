import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
  tokenHeader,
} from '../../../support/proxmox/contract-server.ts';
import type { Seed } from '../../../support/proxmox/state/seed.ts';
import { ask } from './support/ask.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`manners of the contract server ${missing ?? ''}`, () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer();
  });
  afterAll(() => server.close());
  const root = (method: string, path: string, params: object = {}) =>
    ask(server, method, path, params, { Authorization: tokenHeader(server.rootToken) });

  it('takes JSON as it takes forms', async () => {
    const headers = { Authorization: tokenHeader(server.rootToken) };
    const params = { description: 'by JSON', onboot: true };
    const { status } = await ask(server, 'PUT', '/nodes/pve1/qemu/100/config', params, headers, { json: true });
    expect(status).toBe(200);
    expect(server.guest(100).config).toMatchObject({ description: 'by JSON', onboot: '1' });
  });

  it('leaves to the manager what high availability looks after', async () => {
    await root('POST', '/cluster/ha/resources', { sid: 'ct:200', state: 'started' });
    const { data: upid } = await root('POST', '/nodes/pve1/lxc/200/status/stop');
    expect(upid).toContain(':hastop:200:');
    await server.settleTasks();
    expect(server.guest(200).running).toBe(true);
    expect((await root('GET', '/cluster/resources')).data).toContainEqual(
      expect.objectContaining({ vmid: 200, hastate: 'stopped' }),
    );
    await expect.poll(() => server.guest(200).running).toBe(false);
    expect((await root('DELETE', '/nodes/pve1/lxc/200')).reason).toContain('used in HA resources');
  });

  it('asks for the privilege of each setting that is changed', async () => {
    server.access.addUser('op@pve', 'secret');
    const headers = {
      Authorization: `PVEAPIToken=op@pve!ci=${server.access.addToken('op@pve', 'ci', { privsep: false })}`,
    };
    server.access.roles.set('Memory', new Set(['VM.Audit', 'VM.Config.Memory']));
    server.access.grant('/vms/103', 'op@pve', 'Memory');
    const change = (params: object) => ask(server, 'PUT', '/nodes/pve1/qemu/103/config', params, headers);
    expect((await change({ memory: 1024 })).status).toBe(200);
    expect(await change({ memory: 2048, cores: 2 })).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/103, VM.Config.CPU)',
    });
    expect(server.guest(103).config.memory).toBe('1024');
  });

  it('answers no task where a node has nothing to back up, and names who is elsewhere', async () => {
    expect((await root('POST', '/nodes/pve1/vzdump', { vmid: 101, storage: 'shared' })).data).toBe('OK');
    const { data: upid } = await root('POST', '/nodes/pve1/vzdump', { vmid: '100,101', storage: 'shared' });
    await server.settleTasks();
    expect(server.cluster.tasks.get(String(upid))).toMatchObject({ id: '100', status: 'OK' });
    expect(server.cluster.tasks.get(String(upid))?.log).toContain('INFO: skip external VMs: 101');
  });

  it('gives each adapter an address of its own', async () => {
    await root('PUT', '/nodes/pve1/qemu/100/config', { net1: 'virtio,bridge=vmbr0' });
    expect(server.guest(100).config.net1).toMatch(/^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/);
    await root('POST', '/nodes/pve1/qemu/102/clone', { newid: 110 });
    await server.settleTasks();
    expect(server.guest(110).config.net0).not.toBe(server.guest(102).config.net0);
  });

  it('shuts nothing down that is paused', async () => {
    await root('POST', '/nodes/pve1/qemu/100/status/suspend');
    await server.settleTasks();
    const at = '/nodes/pve1/qemu/100/status/shutdown';
    expect((await root('POST', at)).reason).toBe('VM is paused - cannot shutdown');
    await root('POST', at, { forceStop: 1 });
    await server.settleTasks();
    expect(server.guest(100).running).toBe(false);
    await root('POST', '/nodes/pve1/qemu/100/status/start');
    await server.settleTasks();
  });

  it('loses the guest agent to letters that it cannot pass on', async () => {
    const at = '/nodes/pve1/qemu/100/agent';
    expect((await root('POST', `${at}/exec`, { command: ['echo', 'a — b'] })).reason).toContain(
      "'guest-exec' failed - got timeout",
    );
    expect((await root('POST', `${at}/ping`)).reason).toBe('QEMU guest agent is not running');
    server.guest(100).agent.present = true;
  });

  it('takes no body that does not say how long it is', async () => {
    const headers = { Authorization: tokenHeader(server.rootToken), 'Transfer-Encoding': 'chunked' };
    expect(await ask(server, 'POST', '/pools', { poolid: 'chunks' }, headers)).toMatchObject({
      status: 501,
      reason: 'chunked transfer encoding not supported',
    });
  });

  it('changes nothing without a quorum', async () => {
    server.cluster.quorate = false;
    const answer = await root('POST', '/pools', { poolid: 'late' });
    expect(answer).toMatchObject({ status: 500, reason: 'cluster not ready - no quorum?' });
    expect((await root('GET', '/pools')).status).toBe(200);
    server.cluster.quorate = true;
  });

  it('shows its schema as the viewer of the real one loads it', async () => {
    const { body } = await ask(server, 'GET', '/../../pve-docs/api-viewer/apidoc.js');
    const text = /^const apiSchema = (\[[\s\S]*?\n\])\n;/.exec(body)?.[1] ?? '[]';
    const roots = JSON.parse(text) as { path: string }[];
    expect(roots.map(({ path }) => path).sort()).toEqual([
      '/access',
      '/cluster',
      '/nodes',
      '/pools',
      '/storage',
      '/version',
    ]);
    expect(body).toContain('"net[n]"');
  });

  it('begins with another cluster when it is given one', async () => {
    const seed: Seed = JSON.parse(
      '{ "nodes": [{ "name": "solo" }], "guests": [{ "vmid": 7000, "running": true, "config": { "name": "only" } }], "storages": [], "pools": [] }',
    );
    await using small = await startContractServer({ seed });
    const headers = { Authorization: tokenHeader(small.rootToken) };
    const { data } = await ask(small, 'GET', '/cluster/resources', {}, headers, { node: 'solo' });
    expect(data).toMatchObject([
      { vmid: 7000, name: 'only', node: 'solo', status: 'running' },
      { type: 'node' },
      { type: 'sdn' },
    ]);
  });

  it('writes numbers as texts, and members that nobody has declared, when told to deviate', async () => {
    await using strange = await startContractServer({ deviates: true });
    const { data } = await ask(
      strange,
      'GET',
      '/nodes/pve1/qemu',
      {},
      { Authorization: tokenHeader(strange.rootToken) },
    );
    expect(data).toContainEqual(expect.objectContaining({ vmid: '100', 'not-declared': expect.anything() }));
  });
});
