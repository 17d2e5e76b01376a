import { createServer as createPlainServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/errors/fault.ts';
import type { ConfiguredHost } from '../../../../src/model/host.ts';
import type { HostCheck } from '../../../../src/providers/define-provider.ts';
import type { Environment } from '../../../../src/providers/environment.ts';
import { checkHost } from '../../../../src/providers/proxmox/host/check-host.ts';
import { testHost } from '../../../../src/providers/proxmox/host/test-host.ts';
import {
  type ContractServer,
  missingContracts,
  startContractServer,
} from '../../../support/proxmox/contract-server.ts';

const missing = missingContracts();
const base: ConfiguredHost = {
  name: 'lab',
  provider: 'proxmox',
  addresses: ['pve1'],
  user: 'root@pam',
  credential: 'lab',
};

function test(host: ConfiguredHost, secret = 'unused', signal = new AbortController().signal): Promise<HostCheck[]> {
  const readSecret = async () => secret;
  return testHost({ host, readSecret } as Partial<Environment> as Environment, signal);
}

/** `name ✓` or `name ✗`, in order. */
const outline = (checks: readonly HostCheck[]) => checks.map(({ name, passed }) => `${name} ${passed ? '✓' : '✗'}`);

describe('the settings of a host', () => {
  it.each<[string, Partial<ConfiguredHost>, string]>([
    ['an address that is none', { addresses: ['http://pve1'] }, 'addresses'],
    ['an address with an account in it', { addresses: ['https://root:pw@pve1'] }, 'addresses'],
    ['one node twice', { addresses: ['pve1', 'pve1:8006'] }, 'addresses'],
    ['no account', { user: undefined }, 'user'],
    ['an account without its realm', { user: 'root' }, 'user'],
    ['no secret', { credential: undefined }, 'credential'],
    ['a second factor of a token', { tokenId: 'ci', totp: 'code' }, 'totp'],
    ['a file that is looked for in any folder', { caFile: 'ca.pem' }, 'caFile'],
    ['a key without a certificate', { clientKey: '/key.pem' }, 'clientCertificate'],
  ])('are refused with %s', (_, changes, field) => {
    const settings: ConfiguredHost = JSON.parse(JSON.stringify({ ...base, ...changes }));
    const check = () => checkHost(settings);
    expect(check).toThrow(Fault);
    expect(check).toThrow(expect.objectContaining({ code: 'invalid', data: expect.objectContaining({ field }) }));
  });

  it('are taken as they should be', () => {
    checkHost({ ...base, addresses: ['pve1', 'pve2:8007', '[fe80::1]', 'https://proxy.lab/pve'], tokenId: 'ci' });
    checkHost({ ...base, totp: 'code', clientCertificate: '/cert.pem', clientKey: '/key.pem' });
  });
});

describe('a host that is not there', () => {
  it('has a name without an address', { timeout: 20_000 }, async () => {
    const checks = await test({ ...base, addresses: ['nowhere.invalid'] });
    expect(outline(checks)).toEqual(['address ✗']);
    expect(checks[0]).toMatchObject({ reason: expect.stringContaining('nowhere.invalid'), remedy: expect.any(String) });
  });

  it('listens at no such port, or speaks something else there', async () => {
    const server = createPlainServer(socket =>
      socket
        .on('error', () => {})
        .resume()
        .end('SSH-2.0-OpenSSH\r\n'),
    ).listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const plain = await test({ ...base, addresses: [`127.0.0.1:${port}`] });
    await new Promise(resolve => server.close(resolve));
    expect(outline(plain)).toEqual(['address ✓', 'connection ✗']);
    expect(plain[1]?.reason).toContain('does not speak TLS');
    const closed = await test({ ...base, addresses: [`127.0.0.1:${port}`] });
    expect(closed[1]).toMatchObject({ passed: false, reason: expect.stringContaining('Nothing listens') });
  });

  it('never answers, which is not waited for longer than the settings say', async () => {
    const server = createPlainServer(socket => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const host = { ...base, addresses: [`127.0.0.1:${port}`], timeoutSeconds: 1 };
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(test(host, 'x', controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    const checks = await test(host);
    expect(checks[1]).toMatchObject({
      name: 'connection',
      passed: false,
      reason: expect.stringContaining('does not answer'),
    });
    server.close();
  });
});

describe.skipIf(missing !== undefined)(`a host that is there (${missing ?? 'by its contract'})`, () => {
  let server: ContractServer;
  let host: ConfiguredHost;
  beforeAll(async () => {
    server = await startContractServer({ version: '9.2' });
    host = { ...base, addresses: server.addresses, caFile: server.caFile, tokenId: server.rootToken.tokenId };
  });
  afterAll(() => server.close());

  it('passes every step, and each says what was found', async () => {
    const checks = await test(host, server.rootToken.secret);
    const perNode = ['address ✓', 'connection ✓', 'certificate ✓'];
    const account = ['sign-in ✓', 'version ✓', 'nodes ✓', 'privileges ✓'];
    expect(outline(checks)).toEqual([...server.addresses.flatMap(() => perNode), ...account]);
    const text = checks.map(({ reason }) => reason).join('\n');
    expect(text).toContain(server.fingerprints[0]);
    expect(text).toContain(`the authority in ${server.caFile} signed it`);
    expect(text).toContain('root@pam!full is signed in.');
    expect(text).toMatch(/Proxmox VE 9\.2/);
    expect(text).toMatch(/pve1 \(online\), pve2 \(online\), pve3 \(offline\)/);
    expect(text).toContain('On / and below:');
    expect(text).not.toContain(server.rootToken.secret);
  });

  it('passes with a password, and with a pinned certificate that nobody signed', async () => {
    const { caFile: _, tokenId: __, ...settings } = host;
    const checks = await test({ ...settings, fingerprints: [...server.fingerprints] }, server.rootPassword);
    expect(
      checks.every(({ passed }) => passed),
      JSON.stringify(checks),
    ).toBe(true);
    expect(checks[2]?.reason).toContain('its fingerprint is among those to be trusted');
  });

  it('that nobody vouches for gets no word of the account, and its certificate is told', async () => {
    const { caFile: _, ...settings } = host;
    const before = server.calls.length;
    const checks = await test(settings, server.rootToken.secret);
    expect(outline(checks).at(-1)).toBe('certificate ✗');
    expect(checks.at(-1)?.fault).toMatchObject({
      code: 'denied',
      data: { fingerprint: expect.any(String), subject: expect.any(String) },
    });
    // One known certificate is not enough where two nodes show theirs.
    await test({ ...settings, fingerprints: [server.fingerprints[0]!] }, server.rootToken.secret);
    expect(server.calls).toHaveLength(before);
  });

  it('that does not know the secret, or gives the account nothing, says so', async () => {
    const wrong = await test(host, '00000000-0000-0000-0000-000000000000');
    expect(outline(wrong).at(-1)).toBe('sign-in ✗');
    expect(wrong.at(-1)?.fault).toMatchObject({ code: 'denied' });
    server.cluster.access.addUser('op@pve', 'secret');
    const secret = server.cluster.access.addToken('op@pve', 'ci', { privsep: true });
    const poor = await test({ ...host, user: 'op@pve', tokenId: 'ci' }, secret);
    expect(outline(poor).at(-1)).toBe('privileges ✗');
    expect(poor.at(-1)?.remedy).toContain("pveum acl modify / --tokens 'op@pve!ci'");
  });

  it('whose files can not be read fails at the first step', async () => {
    const checks = await test({ ...host, caFile: '/nowhere/ca.pem' });
    expect(outline(checks)).toEqual(['certificates ✗']);
    expect(checks[0]?.fault).toMatchObject({ code: 'invalid', data: { field: 'caFile' } });
  });
});
