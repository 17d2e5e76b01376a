import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfiguredHost } from '../../../../src/model/host.ts';
import { inspectCertificate } from '../../../../src/providers/proxmox/client/inspect-certificate.ts';
import { Authority, type Certificate } from '../../../support/proxmox/tls/authority.ts';
import { nodeCertificate, sharedAuthority } from '../../../support/proxmox/tls/shared-authority.ts';
import { NodeServer, reply } from './support/node-server.ts';
import { faultOf, openClient, unaborted as signal, tokenSecret } from './support/open-client.ts';

const get = { method: 'GET', path: '/nodes' } as const;
const change = { method: 'POST', path: '/pools' } as const;

describe('the certificate of a node', () => {
  let server: NodeServer;
  let other: Certificate;
  let authority: Authority;

  beforeAll(async () => {
    server = await NodeServer.start((_, response) => reply(response, 'in'));
    authority = new Authority('another cluster');
    other = authority.forServer(['elsewhere.lab']);
  });
  afterAll(async () => {
    await server.close();
    authority.remove();
  });

  it('is trusted when a known authority signed it for that name', async () => {
    await using client = openClient([server.address]);
    await expect(client.send(get, { signal })).resolves.toBe('in');
    await using byName = openClient([server.address.replace('127.0.0.1', 'localhost')]);
    await expect(byName.send(get, { signal })).resolves.toBe('in');
  });

  it('is trusted when the system knows its authority', async () => {
    await using node = await NodeServer.start((_, response) => reply(response, { version: '9.2.3' }));
    const script = join(import.meta.dirname, 'support/ask-version.ts');
    const ask = async (env: Record<string, string>) =>
      (await execa(process.execPath, ['--import', 'tsx', script, node.address], { env })).stdout;
    const [known, unknown] = await Promise.all([ask({ SSL_CERT_FILE: sharedAuthority().caFile }), ask({})]);
    expect(known).toBe('9.2.3');
    expect(unknown).toMatch(/is not trusted/);
  });

  it('that nobody knows is shown to a person, and nothing is sent', async () => {
    const before = server.heads.length;
    await using client = openClient([server.address], { settings: { caFile: undefined } });
    const fault = await faultOf(client.send(change, { signal }));
    const { fingerprint } = nodeCertificate('pve1');
    expect(fault.code).toBe('denied');
    expect(fault.message).toMatch(`The certificate of ${server.address} is not trusted`);
    expect(fault.data).toMatchObject({
      address: server.address,
      fingerprint,
      subject: 'CN=pve1',
      issuer: 'O=PVE Cluster Manager CA, CN=vmbridge test cluster',
      validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(fault.remedy).toContain('pvenode cert info');
    expect(fault.remedy).toContain(`vmbridge host add lab … --replace --fingerprint ${fingerprint}`);
    expect(server.heads).toHaveLength(before);
  });

  it('for another name is not trusted, though its authority is', async () => {
    await using elsewhere = await NodeServer.start((_, response) => reply(response, 'in'), other);
    await using client = openClient([elsewhere.address], { settings: { caFile: authority.caFile } });
    const fault = await faultOf(client.send(get, { signal }));
    expect(fault).toMatchObject({ code: 'denied', data: { reason: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(fault.message).toMatch(/another name/);
    expect(elsewhere.heads).toEqual([]);
    // Not after a second look either, when a session could be resumed.
    await faultOf(client.send(get, { signal }));
  });

  it('that is pinned is trusted whoever signed it and whatever its name is', async () => {
    await using elsewhere = await NodeServer.start((_, response) => reply(response, 'in'), other);
    const none = '00'.repeat(32);
    for (const one of [other.fingerprint, other.fingerprint.replaceAll(':', '').toLowerCase()]) {
      await using client = openClient([elsewhere.address], {
        settings: { caFile: undefined, fingerprints: [none, one] },
      });
      await expect(client.send(get, { signal })).resolves.toBe('in');
    }
  });

  it('that has changed is told with the old and the new, and nothing is sent', async () => {
    const { fingerprint, cert, key } = nodeCertificate('pve1');
    await using elsewhere = await NodeServer.start((_, response) => reply(response, 'in'), { cert, key });
    await using client = openClient([elsewhere.address], { settings: { fingerprints: [fingerprint] } });
    await client.send(get, { signal });
    // A certificate of the right authority is no excuse.
    const fresh = sharedAuthority().forServer(['pve1', 'localhost', '127.0.0.1']);
    elsewhere.server.setSecureContext({ cert: fresh.cert, key: fresh.key });
    elsewhere.server.closeAllConnections();
    await new Promise(resolve => setTimeout(resolve, 20));
    const fault = await faultOf(client.send(change, { signal }));
    expect(fault.code).toBe('denied');
    expect(fault.message).toMatch(/has changed/);
    expect(fault.data).toMatchObject({ reason: 'changed', fingerprint: fresh.fingerprint, trusted: [fingerprint] });
    expect(fault.remedy).toMatch(/Nothing was sent/);
    expect(elsewhere.count('POST')).toBe(0);
  });

  it('of one node does not keep the others from answering', async () => {
    await using elsewhere = await NodeServer.start((_, response) => reply(response, 'wrong'), other);
    await using client = openClient([elsewhere.address, server.address]);
    await expect(client.send(change, { signal })).resolves.toBe('in');
    expect(elsewhere.heads).toEqual([]);
  });

  it('can be looked at, trusted or not', async () => {
    const readSecret = async () => tokenSecret;
    const host = (settings: Partial<ConfiguredHost>): ConfiguredHost => ({
      name: 'lab',
      provider: 'proxmox',
      addresses: [server.address],
      ...settings,
    });
    const look = (settings: Partial<ConfiguredHost>, address = server.address) =>
      inspectCertificate(address, { host: host(settings), readSecret, signal });
    const { fingerprint } = nodeCertificate('pve1');
    expect(await look({ caFile: sharedAuthority().caFile })).toMatchObject({
      trusted: true,
      fingerprint,
      problem: undefined,
    });
    expect(await look({ fingerprints: [fingerprint] })).toMatchObject({ trusted: true });
    expect(await look({ fingerprints: ['11'.repeat(32)] })).toMatchObject({
      trusted: false,
      problem: { code: 'denied' },
    });
    expect(await faultOf(look({}, '127.0.0.1:1'))).toMatchObject({
      code: 'unavailable',
      data: { reason: 'ECONNREFUSED' },
    });
  });
});
