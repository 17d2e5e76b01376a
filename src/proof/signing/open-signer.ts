import { explainError } from '../../errors/explain-error.ts';
import type { ProofSignature } from '../../model/proof.ts';
import { type KeyPlaces, keepSigningKey } from './keep-signing-key.ts';

/** Signs the evidence of proofs. */
export interface Signer {
  /** What a proof says of its signature. */
  readonly signature: ProofSignature;
  /** In PEM. */
  readonly publicKey: string;
  sign(bytes: Uint8Array): Buffer;
}

/** Either who signs, or why nobody does: a proof does not fail for want of a signature. */
export type OpenedSigner =
  | { readonly signer: Signer; readonly warning?: undefined }
  | { readonly signer?: undefined; readonly warning: string };

/** The signer of this user's proofs; its key is made at the first call. Throws only `cancelled`. */
export async function openSigner(places: KeyPlaces): Promise<OpenedSigner> {
  try {
    const { keyId, publicKey, sign } = await keepSigningKey(places);
    return { signer: { signature: { algorithm: 'ed25519', keyId }, publicKey, sign } };
  } catch (error) {
    if (places.signal?.aborted) throw error;
    const { reason, remedy } = explainError(error);
    return { warning: `The evidence is not signed: ${reason}${remedy === undefined ? '' : ` ${remedy}`}` };
  }
}
