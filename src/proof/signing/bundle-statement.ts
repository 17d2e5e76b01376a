import { z } from 'zod';

/** The envelope of a bundle; everything else in the folder is one of its subjects. */
export const envelopeFile = 'proof.intoto.jsonl';
/** The public key that signed, for whoever has none: it proves nothing by itself. */
export const signerFile = 'signer.pem';
export const proofFile = 'proof.json';

export const statementType = 'https://in-toto.io/Statement/v1';
export const payloadType = 'application/vnd.in-toto+json';
export const predicateType = 'urn:vmbridge:proof:1';

const predicate = z.looseObject({
  keyId: z.string().max(64),
  signedAt: z.iso.datetime(),
  /** Of the proof; the folder may be called otherwise. */
  id: z.string().max(255).optional(),
  image: z.looseObject({ path: z.string().max(32_767) }).optional(),
  verdict: z.string().max(64).optional(),
  passed: z.boolean().optional(),
});
export type BundlePredicate = z.infer<typeof predicate>;

const statement = z.strictObject({
  _type: z.literal(statementType),
  subject: z
    .array(
      z.strictObject({
        name: z.string(),
        digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      }),
    )
    .max(10_000),
  predicateType: z.literal(predicateType),
  predicate,
});
/** An in-toto statement (https://github.com/in-toto/attestation) about the files of one bundle. */
export type BundleStatement = z.infer<typeof statement>;

export function writeStatement(files: ReadonlyMap<string, string>, about: BundlePredicate): Buffer {
  const subject = [...files].map(([name, sha256]) => ({ name, digest: { sha256 } }));
  return Buffer.from(JSON.stringify({ _type: statementType, subject, predicateType, predicate: about }), 'utf8');
}

export function readStatement(payload: Uint8Array): BundleStatement | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    return statement.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
