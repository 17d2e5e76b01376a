import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileFault } from '../../../disk/source/file-fault.ts';
import { Fault } from '../../../errors/fault.ts';
import { hasWildcards } from './match-wildcards.ts';
import { FileWalk, type WalkedFile, type WalkOptions } from './walk-files.ts';

export interface ExpandedEntry {
  readonly files: readonly WalkedFile[];
  /** The caller named this very file: then it is an image, whatever it looks like. */
  readonly named: boolean;
}

/** The files that an entry stands for. What is there by that very name is meant, even when the name looks like a pattern. */
export async function expandEntry(entry: string, options: WalkOptions): Promise<ExpandedEntry> {
  const file = path.resolve(entry);
  const found = await stat(file).catch((error: unknown) => fileFault(error, file));
  if (!(found instanceof Fault)) {
    if (!found.isDirectory()) return { files: [{ path: file }], named: true };
    return { files: await new FileWalk(options).list(file), named: false };
  }
  const { folder, segments } = await splitPattern(file);
  if (!segments.some(hasWildcards)) return { files: [{ path: file, fault: found }], named: true };
  return { files: await new FileWalk(options).match(folder, segments), named: false };
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
