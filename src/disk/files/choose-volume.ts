import { Fault } from '../../errors/fault.ts';
import type { DiskVolume } from '../guest/find-volumes.ts';
import type { FileSystem } from '../volumes/file-system.ts';
import { isReadable, openFileSystem } from '../volumes/open-file-system.ts';
import { describeVolume, explainVolume, volumeNumber } from './describe-volume.ts';
import type { OpenVolumes } from './open-volumes.ts';

export interface ChosenVolume {
  readonly volume: DiskVolume;
  readonly files: FileSystem;
}

/**
 * The volume with a number, or the only one whose files can be read; undefined when there are several of these and no number. Faults:
 * `not_found` for a number that no partition has, `unsupported` for what is no readable file system, `invalid` for a damaged one.
 */
export async function chooseVolume(
  { path, volumes }: OpenVolumes,
  number: number | undefined,
  signal: AbortSignal,
): Promise<ChosenVolume | undefined> {
  if (number !== undefined) return await openVolume(path, findVolume(path, volumes, number), signal);
  const readable = volumes.filter(({ kind }) => kind !== undefined && isReadable(kind.fileSystem));
  const intact = readable.filter(({ files }) => files !== undefined);
  // An optical disc may carry a partition table beside its file system.
  const whole = intact.find(({ entry }) => entry === undefined);
  const [first, second] = whole ? [whole] : intact.length > 0 ? intact : readable;
  if (first === undefined) throw nothingReadable(path, volumes);
  return second === undefined ? await openVolume(path, first, signal) : undefined;
}

/** The Fault for a path that could be on several volumes. */
export function severalVolumes({ path, volumes }: OpenVolumes): Fault {
  const candidates = volumes.map(describeVolume).filter(({ readable }) => readable);
  const numbers = candidates.map(({ partition }) => partition).join(', ');
  return new Fault('ambiguous', `The image "${path}" has ${candidates.length} file systems that can be read.`, {
    remedy: `Choose one with "partition": ${numbers}.`,
    data: { field: 'partition', candidates },
  });
}

function findVolume(path: string, volumes: readonly DiskVolume[], number: number): DiskVolume {
  const found = volumes.find(volume => volumeNumber(volume) === number);
  if (found) return found;
  const candidates = volumes.map(describeVolume);
  const what = number === 0 ? 'a file system that fills the whole disk' : `a partition ${number}`;
  throw new Fault('not_found', `The image "${path}" does not have ${what}.`, {
    remedy: `Choose one of these: ${candidates.map(({ partition }) => partition).join(', ')}.`,
    data: { field: 'partition', candidates },
  });
}

async function openVolume(path: string, volume: DiskVolume, signal: AbortSignal): Promise<ChosenVolume> {
  const { kind, reader } = volume;
  // What could not be opened before is tried again, for the sake of its Fault.
  const files = volume.files ?? (kind && (await openFileSystem(kind.fileSystem, reader, signal)));
  if (files) return { volume, files };
  throw unsupported(`In the image "${path}", ${explainVolume(volume)}.`, volume, [volume]);
}

function nothingReadable(path: string, volumes: readonly DiskVolume[]): Fault {
  const [first] = volumes;
  if (first === undefined) {
    return new Fault('unsupported', `The image "${path}" has no partitions.`, {
      data: { field: 'image', volumes: [] },
    });
  }
  const reasons = volumes.slice(0, 8).map(explainVolume);
  const more = volumes.length > reasons.length ? ', and so on' : '';
  const telling = volumes.find(({ kind }) => kind !== undefined && kind.fileSystem !== 'swap') ?? first;
  return unsupported(`Nothing in the image "${path}" can be read: ${reasons.join('; ')}${more}.`, telling, volumes);
}

function unsupported(message: string, telling: DiskVolume, volumes: readonly DiskVolume[]): Fault {
  const isLocked = ['bitlocker', 'luks'].includes(telling.kind?.fileSystem ?? '');
  const remedy = isLocked
    ? 'Boot the image, unlock it there, and copy the files out of the running machine.'
    : 'Boot the image, or a system that knows this, and copy the files out of the running machine.';
  return new Fault('unsupported', message, {
    remedy,
    data: { field: 'partition', volumes: volumes.map(describeVolume) },
  });
}
