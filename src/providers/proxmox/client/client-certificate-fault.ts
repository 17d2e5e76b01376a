import { Fault } from '../../../errors/fault.ts';
import type { NodeAddress } from './node-address.ts';
import type { ShownCertificate, Trust } from './trust.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly reason: string;
  readonly message: string;
}

/**
 * What TLS says of a client certificate, as OpenSSL writes it: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED,
 * ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED (SSLV3_ALERT_… in older ones), or "tlsv1 alert unknown ca".
 */
const rules: readonly Rule[] = [
  { pattern: /alert[ _]certificate[ _]required/i, reason: 'required', message: 'asks for a client certificate' },
  {
    pattern: /alert[ _]certificate[ _]revoked/i,
    reason: 'revoked',
    message: 'says that the client certificate was revoked',
  },
  {
    pattern: /alert[ _]certificate[ _]expired/i,
    reason: 'expired',
    message: 'says that the client certificate has expired',
  },
  {
    pattern: /alert[ _]unknown[ _]ca/i,
    reason: 'unknown_ca',
    message: 'does not know who signed the client certificate',
  },
  {
    pattern: /alert[ _](bad|unsupported)[ _]certificate/i,
    reason: 'bad',
    message: 'can not use the client certificate',
  },
  { pattern: /alert[ _]certificate[ _]unknown/i, reason: 'unknown', message: 'does not take the client certificate' },
  { pattern: /alert[ _]access[ _]denied/i, reason: 'access_denied', message: 'does not let the client certificate in' },
];

/** The Fault of a TLS error that is about the client certificate; undefined for others. */
export function findClientCertificateFault(
  error: unknown,
  address: NodeAddress,
  trust: Trust | undefined,
): Fault | undefined {
  const text = writeCauses(error);
  const rule = rules.find(({ pattern }) => pattern.test(text)) ?? guessMissing(text, trust);
  return rule && build(rule, address, trust?.shown, error);
}

/** The Fault of an answer in which a reverse proxy, nginx above all, refuses the client certificate; undefined for others. */
export function findRefusedCertificate(
  status: number,
  text: string,
  address: NodeAddress,
  trust: Trust | undefined,
): Fault | undefined {
  if (status !== 400 && status !== 495 && status !== 496) return undefined;
  if (status === 496 || /No required SSL certificate was sent/i.test(text)) {
    const rule = { pattern: /./, reason: 'required', message: 'asks for a client certificate' };
    return build(rule, address, trust?.shown, undefined);
  }
  // nginx: "<title>400 The SSL certificate error</title>", whatever is wrong with it; HAProxy and others name it.
  if (status !== 495 && !/SSL certificate error|client certificate/i.test(text)) return undefined;
  const named = /revoked|expired/i.exec(text)?.[0].toLowerCase();
  const expired = hasExpired(trust?.shown);
  const reason = named ?? (expired ? 'expired' : 'refused');
  const message =
    reason === 'refused'
      ? 'does not take the client certificate: it was revoked, or its authority is not known there'
      : `says that the client certificate ${reason === 'revoked' ? 'was revoked' : 'has expired'}`;
  return build({ pattern: /./, reason, message }, address, trust?.shown, undefined);
}

/** The Fault of a connection that ended as soon as the client certificate had been shown. */
export function buildHungUpFault(address: NodeAddress, { shown }: Trust): Fault {
  const expired = hasExpired(shown);
  const why = expired ? 'it has expired' : 'it was revoked, or its authority is not known there';
  const rule = {
    pattern: /./,
    reason: expired ? 'expired' : 'closed',
    message: `hung up on the client certificate: ${why}`,
  };
  return build(rule, address, shown, undefined);
}

function hasExpired(shown: ShownCertificate | undefined): boolean {
  return shown?.certificate !== undefined && shown.certificate.validToDate < new Date();
}

// TLS 1.2 says no more than "handshake failure" to a client that shows no certificate.
function guessMissing(text: string, trust: Trust | undefined): Rule | undefined {
  if (trust?.shown !== undefined || !/alert[ _]handshake[ _]failure/i.test(text)) return undefined;
  return { pattern: /./, reason: 'required', message: 'refuses to speak without, it seems, a client certificate' };
}

function build(rule: Rule, address: NodeAddress, shown: ShownCertificate | undefined, cause: unknown): Fault {
  const none = shown === undefined;
  const message = none && rule.reason === 'required' ? `${rule.message}, and none is set` : rule.message;
  return new Fault('denied', `${address.text} ${message}.`, {
    remedy: none
      ? 'Set clientCertificate, and clientKey, of the host to a certificate that the server or the proxy before it accepts.'
      : 'Have a new certificate signed by the authority that the server or the proxy before it trusts, and set clientCertificate to it.',
    data: { address: address.text, reason: rule.reason, ...describeShown(shown) },
    cause,
  });
}

function describeShown(shown: ShownCertificate | undefined): Record<string, string> {
  if (shown === undefined) return {};
  const { file, certificate } = shown;
  if (certificate === undefined) return { file };
  const { subject, issuer, serialNumber, validToDate } = certificate;
  return { file, subject, issuer, serialNumber, validTo: validToDate.toISOString() };
}

/** Codes and messages of an error and of what caused it. */
function writeCauses(error: unknown): string {
  const parts: string[] = [];
  for (let one = error; one instanceof Error && parts.length < 12; one = one.cause) {
    parts.push('code' in one ? String(one.code) : '', one.message);
  }
  return parts.join('\n');
}
