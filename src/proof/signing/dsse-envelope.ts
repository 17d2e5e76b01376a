import { z } from 'zod';

/** A signed message: what the signature covers is the payload and its type, and nothing else. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** A hint only: no signature covers it. */
  readonly keyId: string;
  readonly signature: Buffer;
}

const envelopeText = z.strictObject({
  payload: z.string(),
  payloadType: z.string(),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.string() })]),
});

/** The bytes that are signed: "pre-authentication encoding" in https://github.com/secure-systems-lab/dsse. */
export function encodeForSigning(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** The envelope as one line of JSON. */
export function writeEnvelope({ payloadType, payload, keyId, signature }: DsseEnvelope): string {
  const signatures = [{ keyid: keyId, sig: signature.toString('base64') }];
  return `${JSON.stringify({ payload: payload.toString('base64'), payloadType, signatures })}\n`;
}

/**
 * Reads an envelope with one signature, written byte for byte as `writeEnvelope` does: then there is no second way to write
 * it, and a change of any byte is noticed, be it in what the signature does not cover.
 */
export function readEnvelope(text: string): DsseEnvelope | undefined {
  const { data } = envelopeText.safeParse(parseJson(text));
  if (data === undefined) return undefined;
  const [{ keyid, sig }] = data.signatures;
  const envelope: DsseEnvelope = {
    payloadType: data.payloadType,
    payload: Buffer.from(data.payload, 'base64'),
    keyId: keyid,
    signature: Buffer.from(sig, 'base64'),
  };
  return writeEnvelope(envelope) === text ? envelope : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
