import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totpCode } from '../../../support/proxmox/access/totp.ts';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
} from '../../../support/proxmox/contract-server.ts';
import { ask } from './support/ask.ts';

const missing = missingContracts();
const secret = 'JBSWY3DPEHPK3PXP';

describe.skipIf(missing !== undefined)(`access to the contract server ${missing ?? ''}`, () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer();
    server.access.addUser('op@pve', 'op-secret');
    server.access.addUser('careful@pve', 'careful-secret', { totp: secret });
  });
  afterAll(() => server.close());

  const login = async (username: string, password: string, more: object = {}) => {
    const answer = await ask(server, 'POST', '/access/ticket', { username, password, ...more });
    return { ...answer, login: answer.data as { ticket: string; CSRFPreventionToken: string; NeedTFA?: number } };
  };
  const cookie = (ticket: string) => ({ Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` });
  const withToken = (privsep: boolean) => {
    const id = `t${Math.random().toString(36).slice(2)}`;
    const value = server.access.addToken('op@pve', id, { privsep });
    return { id: `op@pve!${id}`, headers: { Authorization: `PVEAPIToken=op@pve!${id}=${value}` } };
  };

  it('gives tickets, asks for the CSRF token, and renews', async () => {
    const { login: first } = await login('op@pve', 'op-secret');
    expect(await ask(server, 'GET', '/version', {}, cookie(first.ticket))).toMatchObject({ status: 200 });
    const change = { poolid: 'mine' };
    const bare = await ask(server, 'POST', '/pools', change, cookie(first.ticket));
    expect(bare).toMatchObject({ status: 401, reason: 'Permission denied - invalid csrf token', body: '' });
    const full = { ...cookie(first.ticket), CSRFPreventionToken: first.CSRFPreventionToken };
    expect((await ask(server, 'POST', '/pools', change, full)).status).toBe(403);
    const again = await login('op@pve', first.ticket);
    expect(again.login.ticket).not.toBe(first.ticket);
    server.expireTickets();
    const late = await ask(server, 'GET', '/version', {}, cookie(first.ticket));
    expect(late).toMatchObject({ status: 401, reason: 'Authentication failed!', body: '' });
    expect(await login('op@pve', 'wrong')).toMatchObject({ status: 401, reason: 'authentication failure', data: null });
  });

  it('asks for the second factor, each code once', async () => {
    const { login: half } = await login('careful@pve', 'careful-secret');
    expect(half).toMatchObject({ NeedTFA: 1, ticket: expect.stringMatching(/^PVE:!tfa!/) });
    expect((await ask(server, 'GET', '/version', {}, cookie(half.ticket))).status).toBe(401);
    const code = totpCode(secret, Math.floor(Date.now() / 30_000));
    const second = { 'tfa-challenge': half.ticket };
    expect((await login('careful@pve', 'totp:000000', second)).status).toBe(401);
    const { status, login: whole } = await login('careful@pve', `totp:${code}`, second);
    expect(status).toBe(200);
    expect((await ask(server, 'GET', '/version', {}, cookie(whole.ticket))).status).toBe(200);
    const { login: next } = await login('careful@pve', 'careful-secret');
    expect((await login('careful@pve', `totp:${code}`, { 'tfa-challenge': next.ticket })).status).toBe(401);
  });

  it('lets privileges go down from the root, and a nearer role take their place', async () => {
    const { headers } = withToken(false);
    const at = '/nodes/pve1/qemu/100';
    const start = () => ask(server, 'POST', `${at}/status/start`, {}, headers);
    expect(await start()).toMatchObject({ status: 403, reason: 'Permission check failed (/vms/100, VM.PowerMgmt)' });
    server.access.grant('/vms', 'op@pve', 'PVEVMAdmin');
    expect((await start()).status).toBe(200);
    server.access.grant('/vms/100', 'op@pve', 'PVEAuditor');
    expect((await start()).status).toBe(403);
    expect((await ask(server, 'GET', `${at}/config`, {}, headers)).status).toBe(200);
    server.access.revoke('/vms/100', 'op@pve', 'PVEAuditor');
    server.access.revoke('/vms', 'op@pve', 'PVEVMAdmin');
    server.access.grant('/vms', 'op@pve', 'PVEVMAdmin', false);
    expect((await start()).status).toBe(403);
    server.access.grant('/pool/shop', 'op@pve', 'PVEVMUser');
    expect((await start()).status).toBe(200);
    await server.settleTasks();
  });

  it('gives a token with separated privileges no more than its own and its user’s', async () => {
    const { id, headers } = withToken(true);
    const own = () => ask(server, 'GET', '/access/permissions', { path: '/vms/101' }, headers);
    server.access.grant('/vms/101', 'op@pve', 'PVEAuditor');
    expect((await own()).data).toEqual({ '/vms/101': {} });
    server.access.grant('/vms/101', id, 'PVEVMAdmin');
    expect((await own()).data).toEqual({ '/vms/101': { 'VM.Audit': 1 } });
    expect((await ask(server, 'GET', '/cluster/resources', { type: 'vm' }, headers)).data).toMatchObject([
      { vmid: 101 },
    ]);
    expect(
      await ask(server, 'POST', '/access/ticket', { username: 'op@pve', password: 'op-secret' }, headers),
    ).toMatchObject({ status: 403 });
  });

  it('names all of the privileges of which one would do', async () => {
    const { headers } = withToken(true);
    expect(await ask(server, 'PUT', '/nodes/pve1/qemu/100/config', { cores: 2 }, headers)).toMatchObject({
      status: 403,
      reason: expect.stringMatching(
        /^Permission check failed \(\/vms\/100, VM\.Config\.Disk\|VM\.Config\.CDROM\|.*\)$/,
      ),
    });
    expect(await ask(server, 'POST', '/nodes/pve1/execute', { commands: '[]' }, headers)).toMatchObject({
      status: 403,
      reason: 'Permission check failed (user != root@pam)',
    });
  });
});
