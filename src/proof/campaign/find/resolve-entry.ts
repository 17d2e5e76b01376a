import { existsSync } from 'node:fs';
import path from 'node:path';
import { isExclusion } from './exclusions.ts';

/** An entry as it is kept: a whole path, or what is to be left out, which is looked for wherever the search comes to. */
export function resolveEntry(entry: string): string {
  const file = path.resolve(entry);
  return isExclusion(entry) && !existsSync(file) ? entry : file;
}
