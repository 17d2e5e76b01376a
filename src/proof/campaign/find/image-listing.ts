import { Fault } from '../../../errors/fault.ts';
import type { FaultReport } from '../../../model/fault-report.ts';
import { toCampaignFault } from '../campaign-fault.ts';
import type { ExpandedEntry } from './expand-entry.ts';
import { explainNoImage, noImage } from './explain-no-image.ts';
import { identifyPath } from './identify-path.ts';
import type { WalkedFile } from './walk-files.ts';

/** An image to prove, or a place where there should have been one. */
export interface ListedImage {
  readonly path: string;
  readonly fault?: FaultReport | undefined;
  /** Of an image that was found; runs of earlier versions have none. */
  readonly stamp?: string | undefined;
}

export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
  /** It is an image, but proved together with another. */
  readonly isImage: boolean;
}

interface Outcome {
  readonly reason?: string | undefined;
  readonly fault?: Fault | undefined;
}

/** On a share each file takes a few round trips to be looked into. */
const atOnce = 16;

/** What entries come to: images, files that are none, and places where something is wrong. */
export class ImageListing {
  readonly found = new Set<string>();
  readonly skipped: SkippedFile[] = [];
  readonly lost: ListedImage[] = [];

  /** Puts each file of an entry where it belongs. An entry that leads to no image is lost. */
  async add(
    { entry, files, named }: ExpandedEntry,
    signal: AbortSignal,
    told: (done: number, total: number) => void,
  ): Promise<void> {
    const [lostBefore, skippedBefore] = [this.lost.length, this.skipped.length];
    let images = 0;
    for (let at = 0; at < files.length; at += atOnce) {
      const part = files.slice(at, at + atOnce);
      const outcomes = await Promise.all(part.map(file => lookAt(file, named, signal)));
      images += part.filter(({ path }, index) => this.#put(path, outcomes[index] ?? {})).length;
      if (at > 0 && at % (64 * atOnce) === 0) told(at, files.length);
    }
    // What was named and left out is as the caller wants it.
    const isWanted = named && files.some(({ leftOut }) => leftOut !== undefined);
    if (images > 0 || isWanted || this.lost.length > lostBefore) return;
    const others = this.skipped.slice(skippedBefore);
    this.lost.push({ path: entry, fault: toCampaignFault(emptyFault(entry, others)) });
  }

  /** Tells whether it is an image. */
  #put(path: string, { reason, fault }: Outcome): boolean {
    if (fault !== undefined) this.lost.push({ path, fault: toCampaignFault(fault) });
    else if (reason !== undefined) this.skipped.push({ path, reason, isImage: false });
    else this.found.add(path);
    return fault === undefined && reason === undefined;
  }
}

async function lookAt({ path, fault, leftOut }: WalkedFile, named: boolean, signal: AbortSignal): Promise<Outcome> {
  if (fault !== undefined) return { fault };
  if (leftOut !== undefined) return { reason: leftOut };
  if (path.includes('\ufffd') && (await identifyPath(path)) === undefined) return { fault: unreadableName(path) };
  return { reason: named ? undefined : await explainNoImage(path, signal) };
}

function emptyFault(entry: string, others: readonly SkippedFile[]): Fault {
  const telling = others.find(({ reason }) => reason !== noImage);
  const rest = telling === undefined ? '' : ` Of "${telling.path}": ${telling.reason}`;
  return new Fault('not_found', `There is no disk image at "${entry}".${rest}`, {
    remedy: 'Check the path; an image with another name than usual has to be named itself, an archive to be unpacked.',
    data: { field: 'images' },
  });
}

function unreadableName(path: string): Fault {
  return new Fault('invalid', `The name of "${path}" is no text in Unicode, so the file can not be opened by it.`, {
    remedy: 'Rename the file.',
  });
}
