import { explainVolume } from '../../../disk/files/describe-volume.ts';
import { Pauses } from '../../../disk/files/pauses.ts';
import type { DiskVolume } from '../../../disk/guest/find-volumes.ts';
import type { FileSystem } from '../../../disk/volumes/file-system.ts';
import { isReadable, openFileSystem } from '../../../disk/volumes/open-file-system.ts';
import { cancelledFault } from '../../../errors/fault.ts';
import type { Finding } from '../check-context.ts';
import { readCondition } from './read-condition.ts';

/** Of the top folder so many entries are listed, and so many of them opened. */
const mostListed = 10_000;
const mostOpened = 200;

/** Whether a volume of an image can be read, and whether its file system is clean. Fault `invalid` for damage. */
export async function examineVolume(volume: DiskVolume, signal: AbortSignal): Promise<Finding> {
  const { kind, reader, files } = volume;
  const fileSystem = kind?.fileSystem;
  const problems = fileSystem === undefined ? undefined : await readCondition(fileSystem, reader, signal);
  if (fileSystem === undefined || problems === undefined) return { passed: false, detail: describeUnread(volume) };
  // What could not be opened before is tried again, for the sake of its Fault.
  const opened = files ?? (await openFileSystem(fileSystem, reader, signal));
  const listed = opened && (await listTop(opened, signal));
  const words =
    listed === undefined
      ? 'Its files can not be read here; its superblock and its log were'
      : `${listed} ${listed === 1 ? 'entry of its top folder was' : 'entries of its top folder were'} read`;
  if (problems.length === 0) return { passed: true, detail: `It is clean. ${words}.` };
  return { passed: false, detail: `It is not clean. ${problems.join(' ')} ${words}.` };
}

function describeUnread(volume: DiskVolume): string {
  const reason = explainVolume(volume);
  const isKnown = volume.kind !== undefined && isReadable(volume.kind.fileSystem);
  const remedy = isKnown
    ? 'Restore it from another copy.'
    : 'Check it in the running guest instead, with a line among "commands".';
  return `It can not be told from the image: ${reason}. ${remedy}`;
}

/** How many entries the top folder has, as far as they are counted; those at its beginning are opened. */
async function listTop(files: FileSystem, signal: AbortSignal): Promise<number> {
  const root = await files.find('/', signal);
  const pauses = new Pauses();
  let count = 0;
  for await (const entry of root?.entries?.(signal) ?? []) {
    if (count < mostOpened) await entry.open(signal);
    count++;
    if (count >= mostListed) break;
    await pauses.take();
    if (signal.aborted) throw cancelledFault(signal, 'Listing the volume');
  }
  return count;
}
