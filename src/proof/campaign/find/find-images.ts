import { Fault } from '../../../errors/fault.ts';
import type { FaultReport } from '../../../model/fault-report.ts';
import type { ImageFormat } from '../../../model/image.ts';
import { toCampaignFault } from '../campaign-fault.ts';
import { type ExpandedEntry, expandEntry } from './expand-entry.ts';
import { explainNoImage } from './explain-no-image.ts';
import { identifyPath } from './identify-path.ts';
import { keepTips } from './keep-tips.ts';

/** An image to prove, or a place where there should have been one. */
export interface ListedImage {
  readonly path: string;
  readonly fault?: FaultReport | undefined;
}

export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
  /** It is an image, but proved together with another. */
  readonly isImage: boolean;
}

export interface FoundImages {
  readonly images: readonly ListedImage[];
  readonly skipped: readonly SkippedFile[];
}

export interface FindOptions {
  readonly flat: boolean;
  readonly exclude: readonly string[];
  readonly format?: ImageFormat | undefined;
  readonly parents?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

const mostImages = 10_000;
const collator = new Intl.Collator('en', { numeric: true });

/**
 * The images that entries stand for: files, folders and patterns. An entry that leads to no image is listed with a fault, as
 * a share that is not there must not pass for one without faults. Throws when there is no image at all.
 */
export async function findImages(entries: readonly string[], options: FindOptions): Promise<FoundImages> {
  const found = new Set<string>();
  const skipped: SkippedFile[] = [];
  const lost: ListedImage[] = [];
  for (const entry of new Set(entries)) {
    options.progress(`looking for images: ${entry}`);
    const expanded = await expandEntry(entry, options);
    const before = found.size + lost.length;
    const known = await sortFiles(expanded, found, skipped, lost, options.signal);
    if (known === 0 && found.size + lost.length === before) {
      lost.push({ path: entry, fault: toCampaignFault(emptyFault(entry)) });
    }
  }
  if (found.size > mostImages) throw tooMany(found.size);
  const { tips, leftOut } = await keepTips([...found], options, (done, total) =>
    options.progress(`looking for parents: ${done} of ${total} images`),
  );
  if (tips.length === 0) throw nothingFound(entries, lost);
  const images = [...tips.map(path => ({ path })), ...lost];
  return {
    images: images.sort((one, other) => collator.compare(one.path, other.path)),
    skipped: [...leftOut.map(each => ({ ...each, isImage: true })), ...skipped],
  };
}

/** Puts each file where it belongs; tells how many images the entry led to, those known already included. */
async function sortFiles(
  { files, named }: ExpandedEntry,
  found: Set<string>,
  skipped: SkippedFile[],
  lost: ListedImage[],
  signal: AbortSignal,
): Promise<number> {
  let images = 0;
  for (const { path, fault } of files) {
    if (fault !== undefined) lost.push({ path, fault: toCampaignFault(fault) });
    else if (path.includes('\ufffd') && (await identifyPath(path)) === undefined)
      lost.push({ path, fault: toCampaignFault(unreadableName(path)) });
    else {
      const reason = named ? undefined : await explainNoImage(path, signal);
      if (reason !== undefined) skipped.push({ path, reason, isImage: false });
      else {
        images++;
        found.add(path);
      }
    }
  }
  return images;
}

function emptyFault(entry: string): Fault {
  return new Fault('not_found', `There is no disk image at "${entry}".`, {
    remedy: 'Check the path; an image with another name than usual has to be named itself.',
    data: { field: 'images' },
  });
}

function unreadableName(path: string): Fault {
  return new Fault('invalid', `The name of "${path}" is no text in Unicode, so the file can not be opened by it.`, {
    remedy: 'Rename the file.',
  });
}

function tooMany(count: number): Fault {
  return new Fault('invalid', `There are ${count} images, and one run takes ${mostImages}.`, {
    remedy: 'Make several runs, each over some of the folders.',
    data: { field: 'images' },
  });
}

function nothingFound(entries: readonly string[], lost: readonly ListedImage[]): Fault {
  const [first] = lost;
  const only = entries.length === 1 ? first?.fault : undefined;
  const message =
    only?.message ?? `None of ${entries.length} entries leads to a disk image. ${first?.fault?.message ?? ''}`;
  return new Fault(only?.code ?? 'not_found', message.trim(), {
    remedy: only?.remedy ?? first?.fault?.remedy,
    data: {
      field: 'images',
      problems: lost.slice(0, 20).map(({ path, fault }) => ({ path, problem: fault?.message })),
    },
  });
}
