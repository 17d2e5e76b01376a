import path from 'node:path';
import { z } from 'zod';
import { readSmallFile } from '../signing/bundle-file.ts';
import { proofFile } from '../signing/bundle-statement.ts';

/** What a list says of one proof. */
export const proofSummary = z.strictObject({
  id: z.string(),
  image: z.string(),
  verdict: z.string(),
  passed: z.boolean(),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().min(0),
  folder: z.string(),
  /** The key that signed, as proof.json says; nothing has been checked. */
  keyId: z.string().optional(),
});
export type ProofSummary = z.infer<typeof proofSummary>;

/** What a summary is made of; other fields may be what they like, also those of earlier formats. */
const outline = z.looseObject({
  verdict: z.looseObject({ state: z.string().max(64), passed: z.boolean() }),
  passed: z.boolean().optional(),
  unchanged: z.boolean(),
  image: z.looseObject({ before: z.looseObject({ path: z.string().min(1).max(32_767) }) }),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().min(0),
  signature: z.looseObject({ keyId: z.string().max(64) }).optional(),
});

const longestProof = 64 * 2 ** 20;

/** The contents of a folder's proof.json; undefined when it is none. */
export async function readProofJson(folder: string): Promise<unknown> {
  const bytes = await readSmallFile(path.join(folder, proofFile), longestProof);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The summary of the evidence in a folder; undefined when its proof.json is damaged. */
export async function readSummary(id: string, folder: string): Promise<ProofSummary | undefined> {
  const { data } = outline.safeParse(await readProofJson(folder));
  if (data === undefined) return undefined;
  const { verdict, unchanged, image, signature, startedAt, durationSeconds } = data;
  return {
    id,
    image: image.before.path,
    verdict: verdict.state,
    passed: data.passed ?? (verdict.passed && unchanged),
    startedAt,
    durationSeconds,
    folder,
    ...(signature === undefined ? {} : { keyId: signature.keyId }),
  };
}
