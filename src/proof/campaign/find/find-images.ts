import { Fault } from '../../../errors/fault.ts';
import type { ImageFormat } from '../../../model/image.ts';
import { Exclusions, isExclusion } from './exclusions.ts';
import { expandEntry } from './expand-entry.ts';
import { noImage } from './explain-no-image.ts';
import { ImageListing, type ListedImage, type SkippedFile } from './image-listing.ts';
import { keepTips } from './keep-tips.ts';

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
 * The images that entries stand for: files, folders, patterns, and what of them to leave out. An entry that leads to no image is
 * listed with a fault, as a share that is not there must not pass for one without faults. Throws when there is no image at all.
 */
export async function findImages(entries: readonly string[], options: FindOptions): Promise<FoundImages> {
  const { signal, progress } = options;
  const listing = new ImageListing();
  const exclusions = new Exclusions(entries);
  for (const entry of new Set(entries.filter(each => !isExclusion(each)))) {
    progress(`looking for images: ${entry}`);
    for (const expanded of await expandEntry(entry, { ...options, exclusions })) {
      const told = (done: number, total: number) =>
        progress(`looking for images: ${done} of ${total} files at ${expanded.entry}`);
      await listing.add(expanded, signal, told);
    }
  }
  const { found, lost, skipped } = listing;
  if (found.size > mostImages) throw tooMany(found.size);
  const { tips, leftOut } = await keepTips([...found], options, (done, total) =>
    progress(`looking for parents: ${done} of ${total} images`),
  );
  if (tips.length === 0) throw nothingFound(entries, listing);
  const images: ListedImage[] = [...tips, ...lost];
  return {
    images: images.sort((one, other) => collator.compare(one.path, other.path)),
    skipped: [...leftOut.map(each => ({ ...each, isImage: true })), ...sortSkipped(skipped)],
  };
}

/** What says most comes first, as often only the beginning of the list is told. */
function sortSkipped(skipped: readonly SkippedFile[]): SkippedFile[] {
  const isDull = ({ reason }: SkippedFile) => Number(reason === noImage);
  return skipped.toSorted((one, other) => isDull(one) - isDull(other));
}

function tooMany(count: number): Fault {
  return new Fault('invalid', `There are ${count} images, and one run takes ${mostImages}.`, {
    remedy: 'Make several runs, each over some of the folders.',
    data: { field: 'images' },
  });
}

function nothingFound(entries: readonly string[], { lost }: ImageListing): Fault {
  const [first] = lost;
  if (first === undefined) return nothingWanted();
  const only = entries.length === 1 ? first.fault : undefined;
  const message =
    only?.message ?? `None of ${entries.length} entries leads to a disk image. ${first.fault?.message ?? ''}`;
  return new Fault(only?.code ?? 'not_found', message.trim(), {
    remedy: only?.remedy ?? first.fault?.remedy,
    data: {
      field: 'images',
      problems: lost.slice(0, 20).map(({ path, fault }) => ({ path, problem: fault?.message })),
    },
  });
}

function nothingWanted(): Fault {
  return new Fault('invalid', 'Every image is left out by an entry that begins with "!".', {
    remedy: 'Name what to prove as well; such an entry only leaves out some of it.',
    data: { field: 'images' },
  });
}
