import { payloadType, writeStatement } from './bundle-statement.ts';
import { encodeForSigning, writeEnvelope } from './dsse-envelope.ts';
import type { Signer } from './open-signer.ts';

/** The envelope of a bundle: a signed statement of the SHA-256 of each of its files, and what they prove in short. */
export function sealBundle(
  files: ReadonlyMap<string, string>,
  about: Readonly<Record<string, unknown>>,
  signer: Signer,
): string {
  const { keyId } = signer.signature;
  const payload = writeStatement(files, { ...about, keyId, signedAt: new Date().toISOString() });
  const signature = signer.sign(encodeForSigning(payloadType, payload));
  return writeEnvelope({ payloadType, payload, keyId, signature });
}
