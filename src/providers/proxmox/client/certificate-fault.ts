import type { PeerCertificate, TLSSocket } from 'node:tls';
import { escapeControls } from '../../../errors/escape.ts';
import { Fault } from '../../../errors/fault.ts';
import { formatFingerprint, normalizeFingerprint } from './fingerprint.ts';
import type { NodeAddress } from './node-address.ts';
import type { Trust } from './trust.ts';

/** What a person compares before a certificate is trusted. */
export interface CertificateFacts {
  readonly address: string;
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
}

export function describeCertificate(socket: TLSSocket, address: NodeAddress): CertificateFacts {
  const { fingerprint256, subject, issuer, valid_from, valid_to } = socket.getPeerCertificate();
  return {
    address: address.text,
    fingerprint: formatFingerprint(fingerprint256 ?? ''),
    subject: writeName(subject),
    issuer: writeName(issuer),
    validFrom: writeDate(valid_from),
    validTo: writeDate(valid_to),
  };
}

/** Why the other end is not to be trusted; undefined when it is. */
export function judgeCertificate(
  socket: TLSSocket,
  address: NodeAddress,
  trust: Trust,
  host: string,
): Fault | undefined {
  const facts = describeCertificate(socket, address);
  if (trust.fingerprints.includes(normalizeFingerprint(facts.fingerprint))) return undefined;
  const compare = `Compare the fingerprint with what "pvenode cert info" tells on the node; only if they are the same, a person`;
  const command = `vmbridge host add ${host} … --replace --fingerprint ${facts.fingerprint}`;
  if (trust.fingerprints.length > 0) {
    return new Fault('denied', `The certificate of ${address.text} has changed: none that the host "${host}" trusts.`, {
      remedy: `Nothing was sent. Unless it was renewed on purpose, somebody may stand between. ${compare} adds it: ${command}`,
      data: { ...facts, reason: 'changed', trusted: trust.fingerprints.map(formatFingerprint) },
    });
  }
  if (socket.authorized) return undefined;
  const reason = String(socket.authorizationError ?? 'unknown');
  return new Fault('denied', `The certificate of ${address.text} is not trusted: ${explainReason(reason)}`, {
    remedy: `Nothing was sent. ${compare} trusts it: ${command}`,
    data: { ...facts, reason },
  });
}

const reasons: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name.',
  CERT_HAS_EXPIRED: 'it has expired.',
  CERT_NOT_YET_VALID: 'it is not valid yet.',
  CERT_REVOKED: 'it was revoked.',
};

function explainReason(reason: string): string {
  // DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE and what else says that no known authority signed it
  return reasons[reason] ?? 'no authority that is known here signed it.';
}

/** `Dec 26 04:14:39 2026 GMT` */
function writeDate(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

function writeName(name: PeerCertificate['subject'] | undefined): string {
  const parts = Object.entries(name ?? {}).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
  return escapeControls(parts.join(', ')).slice(0, 500);
}
