import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileFault } from '../../../disk/source/file-fault.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { type Exclusions, explainExclusion } from './exclusions.ts';
import { explainSystemFolder } from './explain-system-folder.ts';
import { hasWildcards, matchWildcards } from './match-wildcards.ts';

/** A file, or a place that could not be looked into: that must not pass for a folder without images. */
export interface WalkedFile {
  readonly path: string;
  readonly fault?: Fault | undefined;
  /** Why it was not looked into, although nothing is wrong. */
  readonly leftOut?: string | undefined;
}

export interface WalkOptions {
  /** Leave subfolders out. */
  readonly flat: boolean;
  /** Folders that are not entered. */
  readonly exclude: readonly string[];
  /** What the caller wants left out. */
  readonly exclusions?: Exclusions | undefined;
  readonly signal: AbortSignal;
}

const notFollowed = 'It is a link to a folder, which may lead in circles; name it to have it searched.';

/** More than any folder of backups holds; whoever names the root of a disk is told before hours have passed. */
const mostFiles = 200_000;

/** Finds files below a folder. Folders behind symbolic links are not entered by themselves: they may lead in circles. */
export class FileWalk {
  readonly #options: WalkOptions;
  readonly #seen = new Set<string>();
  readonly #files: WalkedFile[] = [];
  readonly #leftOut = new Set<string>();
  /** Whether brackets of the pattern stand for characters. */
  #classes = false;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** All files of a folder. */
  async list(folder: string): Promise<readonly WalkedFile[]> {
    await this.#enter(folder);
    return this.#files;
  }

  /** All files below `folder` that fit the segments of a pattern; `**` stands for any folders, or none. */
  async match(folder: string, segments: readonly string[], classes = false): Promise<readonly WalkedFile[]> {
    this.#classes = classes;
    await this.#match(folder, segments, 0);
    return this.#files;
  }

  async #enter(folder: string): Promise<void> {
    if (!this.#isNew(folder, -1)) return;
    for (const entry of await this.#read(folder)) {
      const file = path.join(folder, entry.name);
      if (!entry.isDirectory()) await this.#addFile(file, entry);
      else if (!this.#options.flat && this.#isWanted(file)) await this.#enter(file);
    }
  }

  async #match(folder: string, segments: readonly string[], index: number): Promise<void> {
    const segment = segments[index];
    const isLast = index === segments.length - 1;
    if (segment === undefined || !this.#isNew(folder, index)) return;
    if (segment === '**') {
      if (isLast) return this.#enter(folder);
      await this.#match(folder, segments, index + 1);
      for (const entry of await this.#read(folder)) {
        const inside = path.join(folder, entry.name);
        if (entry.isSymbolicLink() && (await isFolderAt(inside))) this.#leaveOut(inside, notFollowed);
        if (entry.isDirectory() && this.#isWanted(inside)) await this.#match(inside, segments, index);
      }
      return;
    }
    for (const entry of await this.#read(folder)) {
      if (!fits(segment, entry.name, this.#classes)) continue;
      const found = path.join(folder, entry.name);
      if (entry.isDirectory() && segment !== entry.name && !this.#isWanted(found)) continue;
      if (!isLast) await this.#matchInside(found, entry, segments, index + 1);
      else if (!entry.isDirectory()) await this.#addFile(found, entry);
      else if (!this.#options.flat) await this.#enter(found);
    }
  }

  async #matchInside(found: string, entry: Dirent, segments: readonly string[], index: number): Promise<void> {
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(found)));
    if (isFolder) await this.#match(found, segments, index);
  }

  /** Tells of a folder whose images nobody asked for. */
  #isWanted(folder: string): boolean {
    const reason = explainExclusion(this.#options.exclusions, folder) ?? explainSystemFolder(folder);
    if (reason !== undefined) this.#leaveOut(folder, reason);
    return reason === undefined;
  }

  #leaveOut(place: string, reason: string): void {
    if (this.#leftOut.has(place)) return;
    this.#leftOut.add(place);
    this.#files.push({ path: place, leftOut: reason });
  }

  async #addFile(file: string, entry: Dirent): Promise<void> {
    if (entry.isSymbolicLink() && (await isFolderAt(file))) this.#leaveOut(file, notFollowed);
    if (!entry.isFile() && !(entry.isSymbolicLink() && (await isFileAt(file)))) return;
    const reason = explainExclusion(this.#options.exclusions, file);
    if (reason !== undefined) return this.#leaveOut(file, reason);
    if (this.#files.length >= mostFiles) {
      throw new Fault('invalid', `There are more than ${mostFiles} files to look at.`, {
        remedy: 'Name the folders that hold images, or a pattern such as /backups/**/*.vhdx.',
        data: { field: 'images' },
      });
    }
    this.#files.push({ path: file });
  }

  async #read(folder: string): Promise<Dirent[]> {
    const { signal } = this.#options;
    if (signal.aborted) throw cancelledFault(signal, 'Looking for images');
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      this.#files.push({ path: folder, fault: explainFolder(error, folder) });
      return [];
    }
  }

  #isNew(folder: string, index: number): boolean {
    const key = `${index}:${folder}`;
    if (this.#options.exclude.includes(folder) || this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

function fits(segment: string, name: string, classes: boolean): boolean {
  // A plain name is compared as the system does.
  const fold = (text: string) => (process.platform === 'win32' ? text.toLowerCase() : text);
  if (!classes && !hasWildcards(segment)) return fold(segment) === fold(name);
  return matchWildcards(fold(segment), fold(name), classes);
}

async function isFileAt(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

async function isFolderAt(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() === true;
}

/** The usual words are about an image. */
function explainFolder(error: unknown, folder: string): Fault {
  const { code, cause } = fileFault(error, folder);
  return new Fault(code, `The folder "${folder}" can not be looked into.`, {
    remedy: 'Give this user the right to read it, or leave it out.',
    data: { field: 'images', path: folder },
    cause,
  });
}
