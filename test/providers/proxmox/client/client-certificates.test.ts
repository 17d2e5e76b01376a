import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostSettings } from '../../../../src/model/host.ts';
import { Authority, type Certificate } from '../../../support/proxmox/tls/authority.ts';
import { openssl } from '../../../support/proxmox/tls/openssl.ts';
import { nodeCertificate } from '../../../support/proxmox/tls/shared-authority.ts';
import { NodeServer, reply } from './support/node-server.ts';
import { faultOf, openClient, unaborted as signal } from './support/open-client.ts';
import { RefusingServer } from './support/refusing-server.ts';

const get = { method: 'GET', path: '/nodes' } as const;

describe('a client certificate', () => {
  let authority: Authority;
  let good: Certificate;
  let revoked: Certificate;
  let expired: Certificate;
  let foreign: Certificate;
  let crl: string;

  beforeAll(() => {
    authority = new Authority('clients');
    good = authority.forClient('vmbridge');
    revoked = authority.forClient('lost laptop');
    expired = expire(authority, good);
    const other = new Authority('somebody else');
    foreign = other.forClient('stranger');
    for (const file of [foreign.certFile, foreign.keyFile]) {
      writeFileSync(
        join(authority.folder, `foreign-${file.endsWith('.key') ? 'key' : 'cert'}.pem`),
        file === foreign.certFile ? foreign.cert : foreign.key,
      );
    }
    foreign = {
      ...foreign,
      certFile: join(authority.folder, 'foreign-cert.pem'),
      keyFile: join(authority.folder, 'foreign-key.pem'),
    };
    other.remove();
    crl = join(authority.folder, 'revoked.pem');
    writeFileSync(crl, authority.revoke([revoked]));
  });
  afterAll(() => authority.remove());

  const shown = ({ certFile, keyFile }: Certificate): Partial<HostSettings> => ({
    clientCertificate: certFile,
    clientKey: keyFile,
  });

  const letIn = () =>
    NodeServer.start(
      (_, response, request) => {
        const { CN } = (request.socket as unknown as import('node:tls').TLSSocket).getPeerCertificate().subject ?? {};
        reply(response, CN);
      },
      { ca: authority.ca, requestCert: true, rejectUnauthorized: true },
    );

  it('lets in: PEM with its key beside it, in one file, under a password, and PKCS #12', async () => {
    await using server = await letIn();
    const both = join(authority.folder, 'both.pem');
    writeFileSync(both, `${good.key}${good.cert}`);
    const locked = authority.lockedKey(good, 'open sesame');
    const p12 = authority.pkcs12(good, 'open sesame');
    const ways: Partial<HostSettings>[] = [
      shown(good),
      { clientCertificate: both },
      { clientCertificate: good.certFile, clientKey: locked, clientKeyPassword: 'lock' },
      { clientCertificate: p12, clientKeyPassword: 'lock' },
    ];
    for (const settings of ways) {
      await using client = openClient([server.address], { settings, secrets: { lock: 'open sesame' } });
      await expect(client.send(get, { signal })).resolves.toBe('vmbridge');
    }
    for (const settings of ways.slice(2)) {
      await using client = openClient([server.address], { settings, secrets: { lock: 'wrong' } });
      const fault = await faultOf(client.send(get, { signal }));
      expect(fault).toMatchObject({ code: 'invalid', data: { field: 'clientKeyPassword' } });
      expect(fault.remedy).toContain('vmbridge credential set lock');
    }
  });

  it('that can not be read is named', async () => {
    for (const [settings, field] of [
      [{ clientCertificate: '/nowhere/x.pem' }, 'clientCertificate'],
      [{ clientCertificate: good.certFile, clientKey: '/nowhere/x.key' }, 'clientKey'],
      [{ clientCertificate: good.certFile, clientKey: revoked.keyFile }, 'clientCertificate'],
      [{ caFile: '/nowhere/ca.pem' }, 'caFile'],
    ] as const) {
      await using client = openClient(['127.0.0.1:1'], { settings });
      expect(await faultOf(client.send(get, { signal }))).toMatchObject({ code: 'invalid', data: { field } });
    }
  });

  describe.each(['-tls1_3', '-tls1_2'])('that is refused (%s)', version => {
    const options = () => {
      const { certFile, keyFile } = nodeCertificate('pve1');
      return ['-cert', certFile, '-key', keyFile, '-CAfile', authority.caFile, '-crl_check', '-CRL', crl, version];
    };

    it('is told why: none, revoked, expired, of an unknown authority', async () => {
      await using server = await RefusingServer.start(options());
      const change = { method: 'POST', path: '/nodes' } as const;
      const found: unknown[] = [];
      for (const settings of [{}, shown(revoked), shown(expired), shown(foreign)]) {
        await using client = openClient([server.address], { settings });
        const fault = await faultOf(client.send(change, { signal }));
        expect(fault.code).toBe('denied');
        expect(fault.data?.mayHaveBeenCarriedOut).toBeUndefined();
        found.push(fault.data?.reason);
      }
      expect(found).toEqual(['required', 'revoked', 'expired', 'unknown_ca']);
      await using client = openClient([server.address], { settings: shown(revoked) });
      const fault = await faultOf(client.send(get, { signal }));
      expect(fault.message).toBe(`${server.address} says that the client certificate was revoked.`);
      expect(fault.data).toMatchObject({ file: revoked.certFile, subject: 'CN=lost laptop', host: 'lab' });
      // Who is let in gets as far as an answer, though it is none of Proxmox VE.
      await using welcome = openClient([server.address], { settings: shown(good) });
      expect(await faultOf(welcome.send(get, { signal }))).toMatchObject({ code: 'host_fault' });
    });
  });

  it.each([
    [400, 'No required SSL certificate was sent', false, 'required'],
    [496, '', false, 'required'],
    [400, 'The SSL certificate error', true, 'refused'],
    [495, 'certificate revoked', true, 'revoked'],
  ])('refused by a proxy with %i "%s" is told as that', async (status, text, withOne, reason) => {
    await using server = await NodeServer.start((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' });
      response.end(`<html><head><title>${status} ${text}</title></head><body><center>nginx</center></body></html>`);
    });
    await using client = openClient([server.address], { settings: withOne ? shown(good) : {} });
    expect(await faultOf(client.send(get, { signal }))).toMatchObject({ code: 'denied', data: { reason } });
  });

  it('is thought of when the server hangs up on it', async () => {
    await using server = await NodeServer.start((_, response) => reply(response, null), {
      ca: authority.ca,
      crl: authority.revoke([revoked]),
      requestCert: true,
      rejectUnauthorized: true,
    });
    await using client = openClient([server.address], { settings: shown(revoked) });
    const fault = await faultOf(client.send(get, { signal }));
    expect(fault).toMatchObject({ code: 'denied', data: { reason: 'closed', subject: 'CN=lost laptop' } });
    expect(server.asked).toHaveLength(0);
    await using without = openClient([server.address]);
    expect(await faultOf(without.send(get, { signal }))).toMatchObject({
      code: 'denied',
      data: { reason: 'required' },
    });
    await using welcome = openClient([server.address], { settings: shown(good) });
    await welcome.send(get, { signal });
  });
});

/** A certificate for the same key that has ended. */
function expire(authority: Authority, { keyFile }: Certificate): Certificate {
  const certFile = join(authority.folder, 'expired.pem');
  openssl(authority.folder, 'req', '-new', '-key', keyFile, '-subj', '/CN=too late', '-out', 'expired.csr');
  const dates = ['-not_before', '20200101000000Z', '-not_after', '20200201000000Z'];
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '77'];
  try {
    openssl(authority.folder, 'x509', '-req', '-in', 'expired.csr', ...by, ...dates, '-out', certFile);
  } catch {
    // Older than OpenSSL 3.4: days may be negative.
    openssl(authority.folder, 'x509', '-req', '-in', 'expired.csr', ...by, '-days', '-1', '-out', certFile);
  }
  return { cert: '', key: '', fingerprint: '', certFile, keyFile };
}
