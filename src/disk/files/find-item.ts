import { Fault } from '../../errors/fault.ts';
import { plainText } from '../guest/plain-text.ts';
import type { FileItem } from '../volumes/file-system.ts';
import type { ChosenVolume } from './choose-volume.ts';

/** The item at a path of a volume. Fault `not_found`, which names the part that is missing. */
export async function findItem({ volume, files }: ChosenVolume, path: string, signal: AbortSignal): Promise<FileItem> {
  const item = await files.find(path, signal);
  if (item) return item;
  const names = files.split(path);
  let parent = '/';
  for (let count = 1; count < names.length; count++) {
    const next = `/${names.slice(0, count).join('/')}`;
    const found = await files.find(next, signal);
    if (!found) break;
    parent = next;
    if (found.kind !== 'folder') throw noFolder(volume.name, path, next, found);
  }
  throw new Fault('not_found', `There is no "${path}" on ${volume.name}.`, {
    remedy: `"${parent}" is there: list it with image.ls.`,
    data: { field: 'path', path, nearest: parent },
  });
}

function noFolder(volume: string, path: string, place: string, { kind, target }: FileItem): Fault {
  const leads = kind === 'link' && target !== undefined ? ` a link to "${plainText(target)}"` : ' not a folder';
  return new Fault('not_found', `There is no "${path}" on ${volume}: "${place}" is${leads}.`, {
    remedy: kind === 'link' ? 'Name the place to which the link leads.' : 'Correct "path".',
    data: { field: 'path', path, nearest: place },
  });
}
