import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
  tokenHeader,
} from '../../../support/proxmox/contract-server.ts';
import { readMeasuredErrors } from '../../../support/proxmox/schema/contracts.ts';
import { ask } from './support/ask.ts';

const missing = missingContracts();

describe.skipIf(missing !== undefined)(`errors of the contract server ${missing ?? ''}`, () => {
  let server: ContractServer;
  let old: ContractServer;
  beforeAll(async () => {
    [server, old] = await Promise.all([startContractServer(), startContractServer({ version: '8.4' })]);
    for (const each of [server, old]) {
      each.access.addUser('probe-dup-52445741@pve');
      each.access.addUser('late@pve', 'late', { expire: 1 });
    }
    server.access.addUser('bare@pve');
  });
  afterAll(() => Promise.all([server.close(), old.close()]));

  const root = (method: string, path: string, params: object = {}, from = server) =>
    ask(from, method, path, params, { Authorization: tokenHeader(from.rootToken) });
  const recorded = (name: string) => {
    const found = readMeasuredErrors().find(record => record.name === name);
    if (found === undefined) throw new Error(`Nothing is recorded as ${name}.`);
    return found;
  };
  /** The order of the members differs from reply to reply of the real one. */
  const expectRecorded = ({ status, body }: { status: number; body: string }, name: string) => {
    const record = recorded(name);
    expect(status).toBe(record.status);
    if (record.body_text === '') expect(body).toBe('');
    else expect(JSON.parse(body)).toEqual(JSON.parse(record.body_text));
  };

  it('are those of a real host', async () => {
    expectRecorded(await root('POST', '/access/users', { userid: 'probe-dup-52445741@pve' }), 'user-create-duplicate');
    expectRecorded(await root('GET', '/access/users/probe-ghost-nonexistent@pve'), 'user-missing');
    expectRecorded(await root('GET', '/access/groups/definitely-not-a-real-group'), 'group-missing');
    await root('POST', '/access/users/bare@pve/token/ci');
    expectRecorded(await root('POST', '/access/users/bare@pve/token/ci'), 'token-create-duplicate');
    expectRecorded(await root('PUT', '/nodes/pve1/network/vmbr9', { type: 'bridge' }), 'iface-missing');
    expectRecorded(await root('GET', '/nodes/pve1/qemu/999/config'), 'vm-missing');
    expectRecorded(await root('GET', '/nodes/pve3/status'), 'node-down-proxied');
    expectRecorded(
      await root('POST', '/cluster/sdn/zones', { zone: 'lab', type: 'simple', ipam: 'ipam-simple' }),
      'sdn-error-in-message',
    );
    expectRecorded(await ask(server, 'GET', '/version', {}, { Cookie: 'PVEAuthCookie=PVE:x' }), 'bad-ticket');
    const late = { Authorization: `PVEAPIToken=late@pve!ci=${server.access.addToken('late@pve', 'ci')}` };
    expectRecorded(await ask(server, 'GET', '/version', {}, late), 'expired-user');
    const secret = server.access.addToken('bare@pve', 'empty');
    const bare = { Authorization: `PVEAPIToken=bare@pve!empty=${secret}` };
    expectRecorded(
      await ask(server, 'GET', '/access/permissions', { path: '/' }, bare),
      'access-permissions-empty-root',
    );
    const denied = await ask(server, 'GET', '/access/permissions', { userid: 'root@pam' }, bare);
    expectRecorded(denied, 'forbidden');
  });

  it('are recorded with nothing that is not produced or passed on here', async () => {
    const bare = { Authorization: `PVEAPIToken=bare@pve!old=${server.access.addToken('bare@pve', 'old')}` };
    old.access.addUser('bare@pve');
    const oldBare = { Authorization: `PVEAPIToken=bare@pve!old=${old.access.addToken('bare@pve', 'old')}` };
    expectRecorded(await ask(old, 'GET', '/nodes/pve1/status', {}, oldBare), 'forbidden-old-style');
    expect((await ask(server, 'GET', '/access/groups', {}, bare)).status).toBe(200);
    const { status, body_text: body } = recorded('storage-missing-plain-text');
    server.fault({ kind: 'status', status, body, match: { template: '/storage/{storage}' } });
    expect((await root('GET', '/storage/missing')).body).toBe(body);
    const errors = readMeasuredErrors().filter(record => record.status !== 200);
    const text = await readFile(import.meta.filename, 'utf8');
    expect(errors.map(({ name }) => name).filter(name => !text.includes(`'${name}'`))).toEqual([]);
  });

  it('have their sentence in the status line alone before PVE 9', async () => {
    const answer = await root('GET', '/nodes/pve1/qemu/999/config', {}, old);
    expect(answer).toMatchObject({
      status: 500,
      reason: "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist",
      body: '{"data":null}',
    });
    const wrong = await root('POST', '/nodes/pve1/qemu', { vmid: '99', ipconfig0: 'gw=nowhere' }, old);
    expect(wrong.status).toBe(400);
    const { errors } = JSON.parse(recorded('bad-parameters-old-style').body_text) as { errors: Record<string, string> };
    expect(wrong.errors?.ipconfig0?.trim()).toBe(errors.ipconfig0?.trim());
    expect(JSON.parse(wrong.body)).not.toHaveProperty('message');
  });

  it('name each wrong parameter', async () => {
    const params = {
      vmid: 'abc',
      cores: 0,
      memory: 'x',
      kvm: 'perhaps',
      bios: 'coreboot',
      net0: 'bridge=vmbr0',
      nonsense: 1,
    };
    expect((await root('POST', '/nodes/pve1/qemu', params)).errors).toEqual({
      vmid: "type check ('integer') failed - got 'abc'",
      cores: 'value must have a minimum value of 1',
      memory: expect.stringContaining('format error\nmemory.current:'),
      kvm: "type check ('boolean') failed - got 'perhaps'",
      bios: "value 'coreboot' does not have a value in the enumeration 'seabios, ovmf'",
      net0: expect.stringContaining('net0.model: property is missing'),
      nonsense: 'property is not defined in schema and the schema does not allow additional properties',
    });
    expect((await root('POST', '/nodes/pve1/qemu')).errors).toEqual({
      vmid: 'property is missing and it is not optional',
    });
    expect(await root('GET', '/no/such/path')).toMatchObject({
      status: 501,
      reason: "Method 'GET /no/such/path' not implemented",
    });
    expect((await root('GET', '/nodes/elsewhere/status')).reason).toContain("hostname lookup 'elsewhere' failed");
  });
});
