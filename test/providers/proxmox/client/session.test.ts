import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../../../src/host/log.ts';
import { findPaths } from '../../../../src/host/paths.ts';
import { closeSession, offeredTools, openSession } from '../../../../src/providers/proxmox/open-session.ts';
import type { ProxmoxSession } from '../../../../src/providers/proxmox/session.ts';
import { caFile, NodeServer, reply } from './support/node-server.ts';
import { faultOf, unaborted as signal, tokenSecret } from './support/open-client.ts';

const log: Log = { error() {}, warn() {}, info() {}, debug() {}, file: '', close: async () => {} };

const rows = [
  {
    id: 'qemu/100',
    type: 'qemu',
    node: 'pve1',
    vmid: 100,
    name: 'web',
    status: 'running',
    template: 0,
    tags: 'prod;web',
  },
  {
    id: 'qemu/101',
    type: 'qemu',
    node: 'pve2',
    vmid: '101',
    name: 'database',
    status: 'stopped',
    template: 1,
    lock: 'backup',
  },
  { id: 'lxc/200', type: 'lxc', node: 'pve1', vmid: 200, status: 'unknown' },
  { id: 'other/1', type: 'other', node: 'pve1', vmid: 1 },
];

describe('a session', () => {
  let server: NodeServer;
  let session: ProxmoxSession;
  let answers: Record<string, unknown>;

  const open = () =>
    openSession({
      paths: findPaths({ VMBRIDGE_HOME: '/nowhere' }),
      log,
      version: '0',
      settings: {},
      engine: {},
      allowsMachine: () => true,
      hosts: ['lab'],
      readSecret: async () => tokenSecret,
      host: {
        name: 'lab',
        provider: 'proxmox',
        addresses: [server.address],
        user: 'ci@pve',
        tokenId: 'vmbridge',
        credential: 'token',
        caFile: caFile(),
      },
    });

  beforeAll(async () => {
    server = await NodeServer.start(({ target }, response) => {
      const path = target.replace('/api2/json', '').split('?', 1)[0] ?? '';
      const answer = answers[path];
      if (answer === undefined) return reply(response, new Error('Permission check failed (/, Sys.Audit)'), 403);
      return reply(response, answer);
    });
  });
  beforeEach(async () => {
    if (session !== undefined) await closeSession(session);
    server.heads.length = 0;
    answers = { '/cluster/resources': rows, '/pools': null };
    session = open();
  });
  afterAll(async () => {
    await closeSession(session);
    await server.close();
  });

  it('asks nothing before it is asked', () => {
    expect(server.connections).toBe(0);
  });

  it('finds machines and containers, asking once for many at the same time', async () => {
    const ids = ['proxmox:lab/100', 'proxmox:lab/101', 'proxmox:lab/200'];
    const [web, database, container] = await Promise.all(ids.map(id => session.findGuest(id, signal)));
    expect(web).toEqual({
      id: 'proxmox:lab/100',
      node: 'pve1',
      type: 'qemu',
      vmid: 100,
      name: 'web',
      status: 'running',
      template: false,
      lock: undefined,
      tags: ['prod', 'web'],
    });
    expect(database).toMatchObject({ vmid: 101, template: true, lock: 'backup' });
    expect(container).toMatchObject({ type: 'lxc', name: '200', status: 'unknown' });
    expect(await session.listGuests(signal)).toHaveLength(3);
    expect(server.heads).toEqual(['GET /api2/json/cluster/resources?type=vm']);
  });

  it('looks again after a change, and for what it did not find', async () => {
    await session.findGuest('proxmox:lab/100', signal);
    await session.client.send({ method: 'POST', path: '/pools' }, { signal });
    await session.findGuest('proxmox:lab/100', signal);
    expect(server.count('GET')).toBe(2);
    answers['/cluster/resources'] = [...rows, { type: 'qemu', node: 'pve3', vmid: 102 }];
    expect(await session.findGuest('proxmox:lab/102', signal)).toMatchObject({ node: 'pve3' });
    expect(server.count('GET')).toBe(3);
  });

  it('tells similar ones instead of one that is not there', async () => {
    const fault = await faultOf(session.findGuest('proxmox:lab/201', signal));
    expect(fault).toMatchObject({ code: 'not_found', message: 'The host "lab" has no machine "201".' });
    expect(fault.remedy).toContain('proxmox:lab/200');
    // What is fresh is not asked for again.
    expect(server.count('GET')).toBe(1);
    expect((await faultOf(session.findGuest('proxmox:lab/datbase', signal))).remedy).toContain(
      'proxmox:lab/101 (database)',
    );
    expect((await faultOf(session.findGuest('proxmox:lab/zzzzzzzz', signal))).remedy).toContain('vm.list');
  });

  it('that may not know its cluster asks once for a while', async () => {
    expect(await session.clusterIdentity(signal)).toBeUndefined();
    const asked = server.count('GET');
    expect(await session.clusterIdentity(signal)).toBeUndefined();
    expect(server.count('GET')).toBe(asked);
  });

  it('knows its cluster by the authority that all nodes share, as soon as it is told', async () => {
    answers['/nodes'] = [];
    expect(await session.clusterIdentity(signal)).toBeUndefined();
    answers['/nodes'] = [
      { node: 'pve9', status: 'offline' },
      { node: 'pve1', status: 'online' },
    ];
    answers['/nodes/pve1/certificates/info'] = [
      { filename: 'pve-root-ca.pem', fingerprint: 'AA:bb' },
      { filename: 'pve-ssl.pem', fingerprint: '00:11' },
    ];
    const identity = await session.clusterIdentity(signal);
    expect(identity).toContain('AABB');
    const asked = server.count('GET');
    expect(await session.clusterIdentity(signal)).toBe(identity);
    expect(server.count('GET')).toBe(asked);
  });

  it('offers what version and account allow', async () => {
    const tools = ['vm.list', 'vm.start', 'vm.exec', 'vm.screenshot', 'backup.run', 'some.tool'];
    const offered = async (version: string, ...privileges: string[]) => {
      answers['/version'] = { version };
      answers['/access/permissions'] = { '/vms/100': Object.fromEntries(privileges.map(name => [name, 0])) };
      const fresh = open();
      try {
        return await offeredTools(fresh, tools, signal);
      } finally {
        await closeSession(fresh);
      }
    };
    expect(await offered('9.2.3')).toEqual(['vm.list', 'some.tool']);
    expect(await offered('9.2.3', 'VM.PowerMgmt', 'VM.Console')).toEqual([
      'vm.list',
      'vm.start',
      'vm.screenshot',
      'some.tool',
    ]);
    expect(await offered('9.2.3', 'VM.GuestAgent.Unrestricted', 'VM.Backup')).toEqual([
      'vm.list',
      'vm.exec',
      'backup.run',
      'some.tool',
    ]);
    expect(await offered('9.2.3', 'VM.Monitor')).toEqual(['vm.list', 'some.tool']);
    expect(await offered('8.4.5', 'VM.Monitor')).toEqual(['vm.list', 'vm.exec', 'some.tool']);
    expect(await offered('8.4.5', 'VM.GuestAgent.Unrestricted')).toEqual(['vm.list', 'some.tool']);
  });
});
