import path from 'node:path';
import { expandBraces } from './expand-braces.ts';
import { matchWildcards } from './match-wildcards.ts';

/** Whether an entry leaves images out: it has a mark that no whole path begins with. */
export function isExclusion(entry: string): boolean {
  return entry.startsWith('!');
}

/**
 * What was asked to be left out: files and folders, with all that is in them. A whole path means that place, any other the last
 * names of a path, wherever it begins.
 */
export class Exclusions {
  readonly #rules: readonly { readonly entry: string; readonly isWhole: boolean; readonly segments: string[] }[];

  constructor(entries: readonly string[]) {
    this.#rules = entries.filter(isExclusion).flatMap(entry =>
      [...new Set([entry, ...expandBraces(entry)])].map(text => {
        const pattern = path.normalize(text.slice(1));
        return { entry, isWhole: path.isAbsolute(pattern), segments: split(pattern) };
      }),
    );
  }

  /** The entry that leaves out a file or folder. */
  find(file: string): string | undefined {
    const given = split(file);
    return this.#rules.find(({ isWhole, segments }) => fitsBeginning(isWhole ? segments : ['**', ...segments], given))
      ?.entry;
  }
}

function split(text: string): string[] {
  return fold(text)
    .split(path.sep)
    .filter(segment => segment !== '' && segment !== '.');
}

function fold(text: string): string {
  return process.platform === 'win32' ? text.toLowerCase() : text;
}

/** Whether a path, or a folder on its way, fits a pattern. Takes no more steps than segments times segments. */
function fitsBeginning(pattern: readonly string[], given: readonly string[]): boolean {
  if (pattern.every(segment => segment === '**')) return false;
  // Which beginnings of the pattern the path so far fits.
  let reached = step(new Set([0]), pattern);
  for (const name of given) {
    const next = new Set<number>();
    for (const at of reached) {
      const segment = pattern[at];
      if (segment === '**') next.add(at);
      else if (segment !== undefined && matchWildcards(segment, name)) next.add(at + 1);
    }
    reached = step(next, pattern);
    if (reached.has(pattern.length)) return true;
  }
  return false;
}

/** `**` stands for no folder, too. */
function step(reached: Set<number>, pattern: readonly string[]): Set<number> {
  for (const at of reached) {
    if (pattern[at] === '**') reached.add(at + 1);
  }
  return reached;
}

/** Why a file or folder is left out; undefined when nobody asked for it. */
export function explainExclusion(exclusions: Exclusions | undefined, file: string): string | undefined {
  const entry = exclusions?.find(file);
  return entry === undefined ? undefined : `It is left out by "${entry}".`;
}
