import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileFault } from '../../../disk/source/file-fault.ts';
import { cancelledFault, Fault } from '../../../errors/fault.ts';
import { hasWildcards, matchWildcards } from './match-wildcards.ts';

/** A file, or a place that could not be looked into: that must not pass for a folder without images. */
export interface WalkedFile {
  readonly path: string;
  readonly fault?: Fault | undefined;
}

export interface WalkOptions {
  /** Leave subfolders out. */
  readonly flat: boolean;
  /** Folders that are not entered. */
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
}

/** More than any folder of backups holds; whoever names the root of a disk is told before hours have passed. */
const mostFiles = 200_000;

/** Finds files below a folder. Folders behind symbolic links are not entered by themselves: they may lead in circles. */
export class FileWalk {
  readonly #options: WalkOptions;
  readonly #seen = new Set<string>();
  readonly #files: WalkedFile[] = [];

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** All files of a folder. */
  async list(folder: string): Promise<readonly WalkedFile[]> {
    await this.#enter(folder);
    return this.#files;
  }

  /** All files below `folder` that fit the segments of a pattern; `**` stands for any folders, or none. */
  async match(folder: string, segments: readonly string[]): Promise<readonly WalkedFile[]> {
    await this.#match(folder, segments, 0);
    return this.#files;
  }

  async #enter(folder: string): Promise<void> {
    if (!this.#isNew(folder, -1)) return;
    for (const entry of await this.#read(folder)) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!this.#options.flat) await this.#enter(file);
      } else await this.#addFile(file, entry);
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
        if (entry.isDirectory()) await this.#match(path.join(folder, entry.name), segments, index);
      }
      return;
    }
    for (const entry of await this.#read(folder)) {
      if (!fits(segment, entry.name)) continue;
      const found = path.join(folder, entry.name);
      if (!isLast) await this.#matchInside(found, entry, segments, index + 1);
      else if (!entry.isDirectory()) await this.#addFile(found, entry);
      else if (!this.#options.flat) await this.#enter(found);
    }
  }

  async #matchInside(found: string, entry: Dirent, segments: readonly string[], index: number): Promise<void> {
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(found)));
    if (isFolder) await this.#match(found, segments, index);
  }

  async #addFile(file: string, entry: Dirent): Promise<void> {
    if (!entry.isFile() && !(entry.isSymbolicLink() && (await isFileAt(file)))) return;
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

function fits(segment: string, name: string): boolean {
  // A plain name is compared as the system does.
  const fold = (text: string) => (process.platform === 'win32' ? text.toLowerCase() : text);
  return hasWildcards(segment) ? matchWildcards(fold(segment), fold(name)) : fold(segment) === fold(name);
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
