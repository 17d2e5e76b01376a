import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { nameRunFolder } from '../name-run-folder.ts';
import { EvidenceFolder } from './evidence-folder.ts';

/**
 * The folder that the caller named, or a new one below `root` named after image and moment. One that lies elsewhere gets a
 * name in the archive at `root`, so that the proof is found there as well.
 */
export function openEvidence(
  named: string | undefined,
  root: string,
  image: string,
  startedAt: Date,
): Promise<EvidenceFolder> {
  const moment = startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const stem = `${nameRunFolder(image)}-${moment}`;
  if (named === undefined) return EvidenceFolder.createNew(path.join(root, stem));
  const folder = path.resolve(named);
  if (path.dirname(folder) === path.resolve(root)) return EvidenceFolder.create(folder);
  // Folders are told apart by being made; a name alone is only so unlikely to be taken.
  const id = `${stem}-${randomBytes(4).toString('hex')}`;
  return EvidenceFolder.create(folder, { id, archive: root });
}

/** The folder that `openEvidence` would make; the moment is that of the run. Throws `conflict` where it would. */
export async function planEvidence(named: string | undefined, root: string, image: string): Promise<string> {
  if (named === undefined) return path.join(root, `${nameRunFolder(image)}-<moment>`);
  const folder = path.resolve(named);
  await EvidenceFolder.requireFree(folder);
  return folder;
}
