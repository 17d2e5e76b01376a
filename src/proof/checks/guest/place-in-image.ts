import { isLocalDamage } from '../../../disk/files/walk-tree.ts';
import type { DiskVolume } from '../../../disk/guest/find-volumes.ts';

export interface ImagePlace {
  readonly volume: DiskVolume;
  /** From the root of the volume. */
  readonly path: string;
}

const driveLetter = /^([A-Za-z]):[\\/]/;
const windowsSystems = new Set(['ntfs', 'exfat', 'fat32', 'fat16', 'fat12']);
const longestTable = 64 * 1024;

/**
 * Where a path of a guest may lie in its image, likeliest first. Drive letters are kept in the guest alone: C: stands for the
 * volume with Windows on it, another letter for any other. A Linux path is followed through the mount points of /etc/fstab.
 */
export async function placeInImage(
  volumes: readonly DiskVolume[],
  path: string,
  signal: AbortSignal,
): Promise<ImagePlace[]> {
  const readable = volumes.filter(({ files }) => files !== undefined);
  const drive = driveLetter.exec(path)?.[1]?.toLowerCase();
  if (drive === undefined) return await placeByMounts(readable, path, signal);
  const candidates = readable.filter(({ kind }) => windowsSystems.has(kind?.fileSystem ?? ''));
  const system: DiskVolume[] = [];
  for (const volume of candidates) {
    const found = await orNothing(volume.files?.find('/Windows/System32', signal));
    if (found?.kind === 'folder') system.push(volume);
  }
  const others = candidates.filter(volume => !system.includes(volume));
  // A disk of a system that is on another one has no Windows to tell its drives by.
  const chosen = system.length === 0 ? candidates : drive === 'c' ? system : others;
  return chosen.map(volume => ({ volume, path: path.slice(2) }));
}

async function placeByMounts(volumes: readonly DiskVolume[], path: string, signal: AbortSignal): Promise<ImagePlace[]> {
  const places: ImagePlace[] = [];
  for (const volume of volumes) {
    places.push({ volume, path });
    const table = (await orNothing(volume.files?.readFile('/etc/fstab', longestTable, signal)))?.toString('utf8') ?? '';
    for (const point of listMountPoints(table)) {
      if (!path.startsWith(`${point}/`)) continue;
      for (const other of volumes) if (other !== volume) places.push({ volume: other, path: path.slice(point.length) });
    }
  }
  return places;
}

/** What a damaged volume does not give is for the search itself to tell. */
async function orNothing<Value>(work: Promise<Value> | undefined): Promise<Value | undefined> {
  return await work?.catch((error: unknown) => {
    if (!isLocalDamage(error)) throw error;
    return undefined;
  });
}

/** The mount points of an fstab below its root, the deepest first. */
export function listMountPoints(table: string): string[] {
  const points = table
    .split('\n')
    .filter(line => !line.trimStart().startsWith('#'))
    .map(line => line.trim().split(/\s+/)[1] ?? '')
    // A space in a name is written as its octal number.
    .map(point =>
      point.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    )
    .map(point => point.replace(/\/+$/, ''));
  return [...new Set(points)]
    .filter(point => point.startsWith('/') && point.length > 1)
    .sort((one, other) => other.length - one.length)
    .slice(0, 64);
}
