import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { cancelledFault } from '../../errors/fault.ts';
import { proofFile } from '../signing/bundle-statement.ts';
import { isPlainName } from '../signing/plain-name.ts';
import { findElsewhere, listElsewhere } from './elsewhere.ts';
import { type IndexEntry, type ProofIndex, readIndex, writeIndex } from './proof-index.ts';
import { type ProofSummary, readSummary } from './proof-summary.ts';

export interface LoadedProofs {
  /** Newest first. */
  readonly proofs: readonly ProofSummary[];
  /** Ids of those whose proof.json is damaged. */
  readonly damaged: readonly string[];
}

const atOnce = 64;

/**
 * Every proof of the archive. What an earlier call read is used again only where proof.json is still that very file. A
 * folder without one is a proof that runs or was killed, and no part of the list.
 */
export async function loadProofs(archive: string, signal: AbortSignal): Promise<LoadedProofs> {
  const [names, noted, before] = await Promise.all([
    readdir(archive).catch(() => []),
    listElsewhere(archive),
    readIndex(archive),
  ]);
  const own = names.filter(isPlainName);
  const taken = new Set(own);
  const found: ProofIndex = new Map();
  let news = 0;
  const look = async (id: string, isOwn: boolean) => {
    if (signal.aborted) throw cancelledFault(signal, 'Listing the proofs');
    const known = before.get(id);
    const entry = await lookAt(id, isOwn ? path.join(archive, id) : await findNoted(archive, id, known), known);
    if (entry === undefined) return;
    if (entry !== known) news += 1;
    found.set(id, entry);
  };
  await forEach(own, id => look(id, true));
  await forEach(
    noted.filter(id => !taken.has(id)),
    id => look(id, false),
  );
  if (news > 0 || found.size !== before.size) await writeIndex(archive, found);
  return sortProofs(found);
}

/** A note never changes: it is read once. */
async function findNoted(archive: string, id: string, known: IndexEntry | undefined): Promise<string | undefined> {
  return known?.folder ?? (await findElsewhere(archive, id));
}

async function lookAt(
  id: string,
  folder: string | undefined,
  known: IndexEntry | undefined,
): Promise<IndexEntry | undefined> {
  if (folder === undefined) return undefined;
  const found = await stat(path.join(folder, proofFile)).catch(() => undefined);
  if (found === undefined) return undefined;
  const stamp = [found.mtimeMs, found.ctimeMs, found.size, found.ino, found.dev].join(' ');
  const isSame = known?.stamp === stamp && known.folder === folder && (known.summary?.id ?? id) === id;
  if (isSame) return known;
  const summary = await readSummary(id, folder);
  return { stamp, folder, ...(summary === undefined ? {} : { summary }) };
}

function sortProofs(found: ProofIndex): LoadedProofs {
  const proofs = [...found].flatMap(([id, { summary, folder }]) =>
    summary === undefined ? [] : [{ ...summary, id, folder }],
  );
  proofs.sort((one, other) => compare(other.startedAt, one.startedAt) || compare(other.id, one.id));
  const damaged = [...found].filter(([, { summary }]) => summary === undefined).map(([id]) => id);
  return { proofs, damaged: damaged.sort() };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

async function forEach(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const rest = ids.values();
  const worker = async () => {
    for (const id of rest) await work(id);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
