import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SecretStoreKind } from '../../host/secret-store/secret-store.ts';
import { identifyKey, writePublicKey } from './public-key.ts';

/** The key that signs this user's proofs on this machine. */
export interface SigningKey {
  readonly keyId: string;
  /** In PEM. */
  readonly publicKey: string;
  readonly store: SecretStoreKind;
  sign(bytes: Uint8Array): Buffer;
}

/** A new key, as the secret that is kept of it. */
export function makeKeySecret(): { secret: string; keyId: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  return { secret, keyId: identifyKey(publicKey), publicKey: writePublicKey(publicKey) };
}

/** The key of a secret; undefined when it is none. */
export function openKeySecret(secret: string, store: SecretStoreKind): SigningKey | undefined {
  const privateKey = parseSecret(secret);
  if (privateKey?.asymmetricKeyType !== 'ed25519') return undefined;
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: identifyKey(publicKey),
    publicKey: writePublicKey(publicKey),
    store,
    sign: bytes => sign(null, bytes, privateKey),
  };
}

function parseSecret(secret: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}
