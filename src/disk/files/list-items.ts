import { Fault } from '../../errors/fault.ts';
import type { ImageEntry, ImageListing } from '../../model/image-files.ts';
import type { FileItem, FolderEntry } from '../volumes/file-system.ts';
import { splitPath } from '../volumes/split-path.ts';
import { chooseVolume, severalVolumes } from './choose-volume.ts';
import { describeVolume } from './describe-volume.ts';
import { findItem } from './find-item.ts';
import { type ImageRequest, openVolumes } from './open-volumes.ts';
import { Pauses } from './pauses.ts';

export interface ListRequest extends ImageRequest {
  readonly path: string;
  readonly limit: number;
}

/**
 * What is in a folder of an image, or what a single path is; at its top the volumes, when several can be read and none was chosen.
 * Faults: those of `openImage` and `chooseVolume`; `ambiguous` for a path that could be on several; `not_found`.
 */
export async function listImageItems(request: ListRequest, signal: AbortSignal): Promise<ImageListing> {
  const open = await openVolumes(request, signal);
  try {
    const chosen = await chooseVolume(open, request.partition, signal);
    if (!chosen) {
      if (splitPath(request.path).length > 0) throw severalVolumes(open);
      const volumes = open.volumes.map(describeVolume);
      return { volumes, path: '/', entries: [], total: 0, truncated: false, warnings: [...open.warnings] };
    }
    const names = chosen.files.split(request.path);
    const item = await findItem(chosen, request.path, signal);
    const warnings = [...open.warnings, ...chosen.files.notes];
    const listing = { volume: describeVolume(chosen.volume), path: `/${names.join('/')}` };
    if (item.kind !== 'folder' || !item.entries) {
      const entries = [describeItem(names.at(-1) ?? '/', item)];
      return { ...listing, entries, total: 1, truncated: false, warnings };
    }
    const { first, total, damage } = await firstByName(item.entries(signal), request.limit);
    const entries: ImageEntry[] = [];
    for (const entry of first) entries.push(await openEntry(entry, signal));
    if (damage !== undefined) warnings.push(`Not all entries can be listed. ${damage}`);
    return { ...listing, entries, total, truncated: total > entries.length, warnings };
  } finally {
    await open.close();
  }
}

interface FirstEntries {
  readonly first: readonly FolderEntry[];
  readonly total: number;
  readonly damage?: string | undefined;
}

/** The first entries by name of a folder of any size; no more than twice as many are kept meanwhile. */
async function firstByName(entries: AsyncIterable<FolderEntry>, limit: number): Promise<FirstEntries> {
  let kept: FolderEntry[] = [];
  let total = 0;
  let damage: string | undefined;
  const pauses = new Pauses();
  const cut = () => {
    kept.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
    kept = kept.slice(0, limit);
  };
  try {
    for await (const entry of entries) {
      total++;
      kept.push(entry);
      if (kept.length < 2 * limit + 1000) continue;
      cut();
      await pauses.take();
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid' || total === 0) throw error;
    damage = error.message;
  }
  cut();
  return { first: kept, total, damage };
}

/** An entry whose item is damaged is listed all the same. */
async function openEntry(entry: FolderEntry, signal: AbortSignal): Promise<ImageEntry> {
  try {
    return describeItem(entry.name, await entry.open(signal));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid') throw error;
    return { name: entry.name, kind: entry.isFolder ? 'folder' : 'other', size: 0, problem: error.message };
  }
}

function describeItem(name: string, { kind, size, modified, target, obstacle }: FileItem): ImageEntry {
  return {
    name,
    kind,
    size: Number.isSafeInteger(size) ? size : Number.MAX_SAFE_INTEGER,
    ...(modified && { modified: modified.toISOString() }),
    ...(target === undefined ? {} : { target }),
    ...(obstacle === undefined ? {} : { problem: obstacle }),
  };
}
