import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileFault } from '../../../disk/source/file-fault.ts';
import { Fault } from '../../../errors/fault.ts';
import { explainExclusion } from './exclusions.ts';
import { expandBraces } from './expand-braces.ts';
import { hasChoices, hasWildcards } from './match-wildcards.ts';
import { FileWalk, type WalkedFile, type WalkOptions } from './walk-files.ts';

export interface ExpandedEntry {
  readonly entry: string;
  readonly files: readonly WalkedFile[];
  /** The caller named this very file: then it is an image, whatever it looks like. */
  readonly named: boolean;
}

/**
 * The files that an entry stands for. What is there by that very name is meant, even when the name looks like a pattern: only
 * where nothing is, braces and brackets stand for choices, as in a shell. Each word that braces come to is looked up by itself.
 */
export async function expandEntry(entry: string, options: WalkOptions): Promise<readonly ExpandedEntry[]> {
  const plain = await expandWord(entry, options, false);
  if (!hasChoices(entry) || leadsSomewhere(plain)) return [plain];
  const chosen: ExpandedEntry[] = [];
  for (const word of expandBraces(entry)) chosen.push(await expandWord(word, options, true));
  return chosen.some(leadsSomewhere) ? chosen : [plain];
}

function leadsSomewhere({ files }: ExpandedEntry): boolean {
  return files.some(({ fault }) => fault === undefined || fault.code !== 'not_found');
}

async function expandWord(entry: string, options: WalkOptions, classes: boolean): Promise<ExpandedEntry> {
  const file = path.resolve(entry);
  const leftOut = explainExclusion(options.exclusions, file);
  // The shell may have made names of a pattern.
  if (leftOut !== undefined) return { entry, files: [{ path: file, leftOut }], named: true };
  const found = await stat(file).catch((error: unknown) => fileFault(error, file));
  if (!(found instanceof Fault)) {
    if (!found.isDirectory()) return { entry, files: [{ path: file }], named: true };
    return { entry, files: await new FileWalk(options).list(file), named: false };
  }
  const { folder, segments } = await splitPattern(file);
  const isPattern = segments.some(segment => hasWildcards(segment) || (classes && hasChoices(segment)));
  if (!isPattern) return { entry, files: [{ path: file, fault: found }], named: true };
  return { entry, files: await new FileWalk(options).match(folder, segments, classes), named: false };
}

/** The longest beginning that is a folder by that very name, and the rest. */
async function splitPattern(file: string): Promise<{ folder: string; segments: string[] }> {
  const { root } = path.parse(file);
  const segments = file.slice(root.length).split(path.sep);
  let folder = root;
  for (let next = segments[0]; next !== undefined; next = segments[0]) {
    const deeper = path.join(folder, next);
    if ((await stat(deeper).catch(() => undefined))?.isDirectory() !== true) break;
    folder = deeper;
    segments.shift();
  }
  return { folder, segments };
}
