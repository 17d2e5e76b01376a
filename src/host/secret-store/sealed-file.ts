import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { secretStoreKinds } from './secret-store.ts';

/** What the key of a sealed file comes from. Costs beyond these would let a foreign file eat the memory of whoever opens it. */
export const keySource = z.union([
  z.strictObject({
    kind: z.literal('passphrase'),
    salt: z.base64().length(24),
    /** Of scrypt: the logarithm of N, r and p. */
    logN: z.int().min(10).max(18),
    r: z.int().min(1).max(8),
    p: z.int().min(1).max(4),
  }),
  z.strictObject({ kind: z.enum(secretStoreKinds).exclude(['file']), name: z.string().regex(/^[\w-]{1,128}$/) }),
]);
export type KeySource = z.infer<typeof keySource>;

const sealedHeader = z.strictObject({
  key: keySource,
  iv: z.base64().length(16),
  /** What is in it; no secret. */
  entries: z.array(z.strictObject({ name: z.string(), keptAt: z.iso.datetime() })),
});
export type SealedEntry = z.infer<typeof sealedHeader>['entries'][number];

export interface SealedFile {
  readonly key: KeySource;
  readonly entries: readonly SealedEntry[];
  readonly iv: Buffer;
  /** All that stands before the cipher text: nothing of it can be changed without the key either. */
  readonly head: Buffer;
  readonly cipherText: Buffer;
}

export type Secrets = Readonly<Record<string, string>>;

const firstLine = 'vmbridge-secrets 1\n';
const longestFile = 64 * 1024 * 1024;
const tagBytes = 16;
const sumBytes = 32;

/**
 * A sealed file, taken apart. It is a line with the version, a line of JSON, the secrets by AES-256-GCM with the two lines as
 * further data, and the SHA-256 of all that: with it damage is told apart from a wrong key. Undefined: no whole file of that kind.
 */
export function parseSealed(bytes: Buffer): SealedFile | undefined {
  const body = bytes.subarray(0, -sumBytes);
  if (bytes.length > longestFile || !checksum(body).equals(bytes.subarray(body.length))) return undefined;
  const end = body.indexOf(0x0a, firstLine.length) + 1;
  if (body.subarray(0, firstLine.length).toString('latin1') !== firstLine || end === 0) return undefined;
  const { data } = sealedHeader.safeParse(parseJson(body.subarray(firstLine.length, end).toString('utf8')));
  if (data === undefined || body.length - end < tagBytes) return undefined;
  const { key, entries, iv } = data;
  return { key, entries, iv: Buffer.from(iv, 'base64'), head: body.subarray(0, end), cipherText: body.subarray(end) };
}

/** The secrets of a sealed file; undefined when the key does not fit, which it does not either after a change by hand. */
export function openSealed({ iv, head, cipherText }: SealedFile, key: Buffer): Secrets | undefined {
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(head).setAuthTag(cipherText.subarray(-tagBytes));
    const text = Buffer.concat([cipher.update(cipherText.subarray(0, -tagBytes)), cipher.final()]).toString('utf8');
    return z.record(z.string(), z.string()).parse(parseJson(text));
  } catch {
    return undefined;
  }
}

/** A sealed file of these secrets, to be opened by the same key. */
export function seal(source: KeySource, entries: readonly SealedEntry[], secrets: Secrets, key: Buffer): Buffer {
  const iv = randomBytes(12);
  const head = Buffer.from(`${firstLine}${JSON.stringify({ key: source, iv: iv.toString('base64'), entries })}\n`);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(head);
  const sealed = [head, cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final(), cipher.getAuthTag()];
  const body = Buffer.concat(sealed);
  return Buffer.concat([body, checksum(body)]);
}

function checksum(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
