import { identifyFile } from '../../disk/identify-file.ts';
import { listStreams } from '../../host/windows/list-streams.ts';
import type { FileComparison } from '../../model/proof.ts';

type Identity = FileComparison['before'];

export interface IdentifySettings {
  readonly sha256: boolean;
  readonly signal: AbortSignal;
  /** Share of all bytes read, 0 to 1. */
  readonly progress: (fraction: number) => void;
}

/** The identities of the files, one after the other: two sums at once only make a disk seek. */
export async function identifyFiles(files: readonly string[], settings: IdentifySettings): Promise<Identity[]> {
  const identities: Identity[] = [];
  const streams = process.platform === 'win32' ? await listStreams(files, settings.signal) : undefined;
  for (const [index, file] of files.entries()) {
    const identity = await identifyFile(file, {
      sha256: settings.sha256,
      signal: settings.signal,
      progress: (done, total) => settings.progress((index + done / Math.max(1, total)) / files.length),
    });
    const own = streams?.get(file);
    identities.push({ ...identity, ...(own && { streams: own }) });
  }
  return identities;
}

/** Holds a file before the boot against the same after it. */
export function compareIdentities(before: Identity, after: Identity): FileComparison {
  const sameBytes = before.sha256 === after.sha256;
  const sameFile = before.inode === after.inode && before.size === after.size && before.modified === after.modified;
  // The time of the last change also moves when only attributes do; a sum that is the same settles it.
  const sameAttributes = before.changed === after.changed || before.sha256 !== undefined;
  const sameStreams = JSON.stringify(before.streams) === JSON.stringify(after.streams);
  return { before, after, unchanged: sameBytes && sameFile && sameAttributes && sameStreams };
}

/** The same for all files of an image, which stand in the same order in both lists. */
export function compareAll(before: readonly Identity[], after: readonly Identity[]): FileComparison[] {
  return before.flatMap((identity, index) => {
    const now = after[index];
    return now === undefined ? [] : [compareIdentities(identity, now)];
  });
}
