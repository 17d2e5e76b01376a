import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { readSmallFile } from '../signing/bundle-file.ts';
import { proofSummary } from './proof-summary.ts';

/** What was read of a proof.json, and which one that was: while the stamp is the same, so is the summary. */
const indexEntry = z.strictObject({
  stamp: z.string(),
  folder: z.string(),
  /** Absent when it is damaged. */
  summary: proofSummary.optional(),
});
export type IndexEntry = z.infer<typeof indexEntry>;
export type ProofIndex = Map<string, IndexEntry>;

const indexFile = z.strictObject({ version: z.literal(1), entries: z.record(z.string(), indexEntry) });
const longest = 512 * 2 ** 20;

/** What an earlier list remembered; empty when there was none or it is damaged. Every entry still has to be compared. */
export async function readIndex(archive: string): Promise<ProofIndex> {
  const bytes = await readSmallFile(indexPath(archive), longest);
  if (bytes === undefined) return new Map();
  try {
    const { data } = indexFile.safeParse(JSON.parse(bytes.toString('utf8')));
    return new Map(Object.entries(data?.entries ?? {}));
  } catch {
    return new Map();
  }
}

/** Remembers what was read. A list is as right without it, only slower. */
export async function writeIndex(archive: string, index: ProofIndex): Promise<void> {
  const text = JSON.stringify({ version: 1, entries: Object.fromEntries(index) });
  await writeFileAtomically(indexPath(archive), text).catch(() => {});
}

function indexPath(archive: string): string {
  return path.join(archive, '.index.json');
}
