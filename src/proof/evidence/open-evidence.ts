import path from 'node:path';
import { nameRunFolder } from '../name-run-folder.ts';
import { EvidenceFolder } from './evidence-folder.ts';

/** The folder that the caller named, or a new one below `root` named after image and moment. */
export function openEvidence(
  named: string | undefined,
  root: string,
  image: string,
  startedAt: Date,
): Promise<EvidenceFolder> {
  if (named !== undefined) return EvidenceFolder.create(path.resolve(named));
  const moment = startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return EvidenceFolder.createNew(path.join(root, `${nameRunFolder(image)}-${moment}`));
}
