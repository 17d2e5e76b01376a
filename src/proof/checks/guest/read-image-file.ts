import { createHash } from 'node:crypto';
import { explainVolume } from '../../../disk/files/describe-volume.ts';
import { Pauses } from '../../../disk/files/pauses.ts';
import { isLocalDamage } from '../../../disk/files/walk-tree.ts';
import type { FileContent, FileItem } from '../../../disk/volumes/file-system.ts';
import { isReadable } from '../../../disk/volumes/open-file-system.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import type { ImageView } from './image-view.ts';
import { placeInImage } from './place-in-image.ts';
import type { SeenFile } from './seen-file.ts';

const pieceSize = 1024 * 1024;

/**
 * Looks at a file in the image, without the guest: what the guest has changed since its start is not seen. Faults: those of
 * `openImage`; `unsupported` when the file may lie where nothing can be read, `invalid` for damage.
 */
export async function readImageFile(
  view: ImageView,
  path: string,
  wantsHash: boolean,
  signal: AbortSignal,
): Promise<SeenFile> {
  const { volumes } = await view.open(signal);
  let damage: Fault | undefined;
  for (const place of await placeInImage(volumes, path, signal)) {
    const item = await place.volume.files?.find(place.path, signal).catch((error: unknown) => {
      // Damage on one volume does not keep the file from being on another.
      if (!isLocalDamage(error)) throw error;
      damage = error;
      return undefined;
    });
    if (!item) continue;
    const how = `from ${place.volume.name} of the image, without the guest`;
    if (item.kind !== 'file') return { kind: item.kind === 'folder' ? 'folder' : 'other', how };
    const sha256 = wantsHash ? await hashItem(item, path, signal) : undefined;
    return { kind: 'file', size: item.size, sha256, how };
  }
  if (damage !== undefined) throw damage;
  const closed = volumes.filter(({ kind, files }) => kind !== undefined && (!files || !isReadable(kind.fileSystem)));
  const hidden = closed.filter(({ kind }) => kind?.fileSystem !== 'swap');
  if (hidden.length === 0) return { kind: 'absent', how: 'in the image, without the guest' };
  const reasons = hidden.slice(0, 4).map(explainVolume).join('; ');
  throw new Fault('unsupported', `It is not on the volumes of the image that can be read: ${reasons}.`, {
    remedy: 'Install the guest agent in the machine, or name a user and a password of its text login.',
  });
}

async function hashItem(item: FileItem, path: string, signal: AbortSignal): Promise<string> {
  const content = await item.content?.(signal);
  if (!content) {
    throw new Fault('unsupported', `The content of ${JSON.stringify(path)} can not be read. ${item.obstacle ?? ''}`);
  }
  return await hashContent(content, signal);
}

async function hashContent(content: FileContent, signal: AbortSignal): Promise<string> {
  const sum = createHash('sha256');
  const pauses = new Pauses();
  for (let at = 0; at < content.size; at += pieceSize) {
    sum.update(await content.read(at, Math.min(pieceSize, content.size - at), signal));
    await pauses.take();
    if (signal.aborted) throw cancelledFault(signal, 'Hashing the file');
  }
  return sum.digest('hex');
}
