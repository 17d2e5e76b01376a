import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** Names a key: SHA-256 of its public part (SubjectPublicKeyInfo, DER), hexadecimal. */
export function identifyKey(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Reads an Ed25519 public key in PEM; undefined for anything else, a private key among them. */
export function readPublicKey(pem: string): KeyObject | undefined {
  if (pem.length > 4096 || !/^-----BEGIN PUBLIC KEY-----/m.test(pem) || /PRIVATE KEY/.test(pem)) return undefined;
  try {
    const key = createPublicKey({ key: pem, format: 'pem' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

export function writePublicKey(key: KeyObject): string {
  const pem = key.export({ type: 'spki', format: 'pem' });
  return typeof pem === 'string' ? pem : pem.toString('utf8');
}
