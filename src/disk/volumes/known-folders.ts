import { Fault } from '../../errors/fault.ts';
import { LeastRecentCache } from '../source/least-recent-cache.ts';
import type { FileItem, FolderEntry } from './file-system.ts';

interface KnownFolder {
  readonly entries: readonly FolderEntry[];
  /** False when there is more than is kept. */
  readonly isWhole: boolean;
  /** What ended the reading of it. */
  readonly fault?: Fault | undefined;
}

/** Parsed folders that are kept, as every look at a path walks through the same ones. */
const keptFolders = 8;
const keptEntries = 16_384;

/** The folders of a file system, looked up by name. */
export class KnownFolders {
  readonly #known = new LeastRecentCache<KnownFolder>(keptFolders);
  readonly #ignoresCase: boolean;

  constructor(ignoresCase: boolean) {
    this.#ignoresCase = ignoresCase;
  }

  /** The first entries of a folder; a Fault only where nothing of it can be read. */
  async list(folder: FileItem, signal?: AbortSignal): Promise<readonly FolderEntry[]> {
    const { entries, fault } = await this.#load(folder, signal);
    if (fault && entries.length === 0) throw fault;
    return entries;
  }

  /** The entry of a name, or one that differs in case where that means nothing; `isPatient` looks beyond what is kept. */
  async find(
    folder: FileItem,
    name: string,
    isPatient: boolean,
    signal?: AbortSignal,
  ): Promise<FolderEntry | undefined> {
    const { entries, isWhole, fault } = await this.#load(folder, signal);
    const match = new NameMatch(name, this.#ignoresCase);
    for (const entry of entries) if (match.take(entry)) return entry;
    if (!isWhole && isPatient) {
      for await (const entry of folder.entries?.(signal) ?? []) if (match.take(entry)) return entry;
    }
    if (fault && !match.similar) throw fault;
    return match.similar;
  }

  async #load(folder: FileItem, signal?: AbortSignal): Promise<KnownFolder> {
    const known = this.#known.get(folder.id) ?? (await readFolder(folder, signal));
    this.#known.set(folder.id, known);
    return known;
  }
}

async function readFolder(folder: FileItem, signal?: AbortSignal): Promise<KnownFolder> {
  if (!folder.entries) {
    throw new Fault('unsupported', folder.obstacle ?? 'The folder has no entries that can be read.');
  }
  const entries: FolderEntry[] = [];
  try {
    for await (const entry of folder.entries(signal)) {
      if (entries.length === keptEntries) return { entries, isWhole: false };
      entries.push(entry);
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid') throw error;
    return { entries, isWhole: true, fault: error };
  }
  return { entries, isWhole: true };
}

/** Looks for one name; an exact match wins over one in another case. */
class NameMatch {
  similar: FolderEntry | undefined;
  readonly #name: string;
  readonly #lower: string | undefined;

  constructor(name: string, ignoresCase: boolean) {
    this.#name = name;
    this.#lower = ignoresCase ? name.toLowerCase() : undefined;
  }

  /** True for the exact name. */
  take(entry: FolderEntry): boolean {
    if (entry.name === this.#name) return true;
    if (this.#lower !== undefined && entry.name.toLowerCase() === this.#lower) this.similar ??= entry;
    return false;
  }
}
