import { isExclusion } from '../../../proof/campaign/find/exclusions.ts';
import { resolveEntry } from '../../../proof/campaign/find/resolve-entry.ts';
import { imagePath } from './boot-options.ts';

/** What stands for images: the absolute path of a file, a folder or a pattern, or what of them to leave out. */
export function imageEntry(raw: string): string {
  return isExclusion(raw) ? resolveEntry(raw) : imagePath(raw);
}
