import path from 'node:path';

const recycled = 'It is a recycle bin: what is in it was thrown away.';
const ofSystem = 'It is a folder of the system, which holds nobody’s backups.';

/** Folders at the top of volumes and shares, which most users may not even look into. */
const folders: ReadonlyMap<string, string> = new Map([
  ['$recycle.bin', recycled],
  ['recycler', recycled],
  ['.trash', recycled],
  ['.trashes', recycled],
  ['#recycle', recycled],
  ['@recycle', recycled],
  ['lost+found', ofSystem],
  ['system volume information', ofSystem],
  ['@eadir', ofSystem],
]);

/** Why a folder that nobody named is not searched; undefined for an ordinary one. */
export function explainSystemFolder(folder: string): string | undefined {
  const name = path.basename(folder).toLowerCase();
  return /^\.trash-\d+$/.test(name) ? recycled : folders.get(name);
}
