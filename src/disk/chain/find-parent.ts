import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { DiskImage } from '../disk-image.ts';
import { findFile } from './find-file.ts';
import { baseName, isName, listCandidates } from './list-candidates.ts';
import { explainParent, type TriedFile } from './parent-fault.ts';
import type { ParentSearch } from './parent-search.ts';
import { showName } from './show-name.ts';

/** Opens a file as a parent; `checkId` is called with its id before anything below it is opened. */
export type OpenCandidate = (path: string, checkId: (id: string) => void) => Promise<DiskImage>;

/**
 * Opens the parent that has the right id: first among the files and folders that the caller gave, then at the places that
 * the child records. Faults name every file that was tried: `not_found`, `conflict` (another disk, or changed since),
 * `invalid` (the chain is a loop), `denied`. What is wrong further down a chain is thrown as it is.
 */
export async function findParent(
  search: ParentSearch,
  given: readonly string[],
  open: OpenCandidate,
): Promise<DiskImage> {
  const tried: TriedFile[] = [];
  const named = await listGiven(given, search);
  for (const candidate of new Set([...named, ...listCandidates(search.child, search.places)])) {
    const path = await findFile(candidate);
    if (path === undefined) {
      tried.push({ path: candidate, outcome: 'missing' });
      continue;
    }
    const result = await tryCandidate(path, search, open);
    if (!('outcome' in result)) return result;
    // A caller may give all files of the chain, the child among them.
    if (result.outcome !== 'loop' || !named.includes(candidate)) tried.push(result);
  }
  throw explainParent(search, tried);
}

async function tryCandidate(path: string, search: ParentSearch, open: OpenCandidate): Promise<DiskImage | TriedFile> {
  let accepted = false;
  let found: string | undefined;
  try {
    return await open(path, id => {
      found = id;
      accepted = search.ids.includes(id);
      if (!accepted) throw new Fault('conflict', `"${path}" has the id ${id}.`);
    });
  } catch (error) {
    if (accepted || !(error instanceof Fault) || error.code === 'cancelled') throw error;
    if (found !== undefined) return { path, outcome: 'other', id: found };
    if (error.data?.structure === 'chain of parents') {
      // Only a loop has a chain to show; one that is too long no other candidate makes shorter.
      if (error.data.chain === undefined) throw error;
      return { path, outcome: 'loop' };
    }
    return { path, outcome: error.code === 'denied' ? 'denied' : 'unreadable', problem: showName(error.message) };
  }
}

/** The files that a caller gave, and in each folder the name that the child records. */
async function listGiven(given: readonly string[], { places }: ParentSearch): Promise<string[]> {
  const names = [...new Set(places.map(baseName))].filter(isName);
  const found: string[] = [];
  for (const path of given) {
    const stats = await stat(path).catch((error: unknown) => {
      throw new Fault('not_found', `"${path}", given as a parent, does not exist.`, {
        remedy: 'Correct "parents": name the parent files, or folders that hold them.',
        data: { field: 'parents', path },
        cause: error,
      });
    });
    if (stats.isDirectory()) found.push(...names.map(name => join(path, name)));
    else found.push(path);
  }
  return found;
}
