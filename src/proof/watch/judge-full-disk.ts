import { statfs } from 'node:fs/promises';
import type { Verdict } from '../../model/verdict.ts';
import { isDiskFull } from '../../qemu/guest/explain-pause.ts';
import { createFullDiskVerdict } from './judge-machine.ts';
import type { WatchedGuest } from './watched-guest.ts';

/** A picture of the screen, which QEMU writes next to what the guest writes, in bytes. */
const roomForPicture = 4 * 1024 * 1024;

/**
 * Whether QEMU could not answer because the disk is full: then it often writes half a picture and calls that a success,
 * before the guest itself has been stopped for it.
 */
export async function judgeFullDisk(guest: Pick<WatchedGuest, 'events' | 'folder'>): Promise<Verdict | undefined> {
  const report = guest.events.find(isDiskFull);
  const space = await statfs(guest.folder).catch(() => undefined);
  const hasNoRoom = space !== undefined && space.bavail * space.bsize < roomForPicture;
  return report || hasNoRoom ? createFullDiskVerdict(report) : undefined;
}
