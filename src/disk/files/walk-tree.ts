import { cancelledFault, Fault } from '../../errors/fault.ts';
import type { FileItem, FolderEntry } from '../volumes/file-system.ts';
import { nameProblem } from './host-name.ts';
import { Pauses } from './pauses.ts';

/** What is done with the parts of a tree. All names are allowed on this host; a returned sentence says why a part was left out. */
export interface TreeVisitor {
  /** A folder, before what is in it. */
  enter(names: readonly string[], folder: FileItem): Promise<string | undefined>;
  /** The same folder, after what is in it. */
  leave(names: readonly string[], folder: FileItem): Promise<void>;
  file(names: readonly string[], file: FileItem): Promise<string | undefined>;
  /** Something that is left out; the name of the last part may be any text. */
  skip(names: readonly string[], reason: string): void;
}

const deepest = 256;
/** A volume with more is taken for damaged: these are kept in memory to tell loops. */
const mostFolders = 1_000_000;
const mostItems = 20_000_000;

interface Level {
  readonly names: readonly string[];
  readonly folder: FileItem;
  readonly entries: AsyncIterator<FolderEntry>;
}

/**
 * Walks through a folder with all that is in it. What can not be read, and links, are skipped; loops and folders that are listed twice
 * too. Faults that are not about a single file (`not_found` for a lost parent of the image, `cancelled`) end the walk.
 */
export async function walkTree(root: FileItem, visitor: TreeVisitor, signal: AbortSignal): Promise<void> {
  const walk = new TreeWalk(visitor, signal);
  await walk.enter([], root);
  const pauses = new Pauses();
  while (await walk.step()) {
    await pauses.take();
    if (signal.aborted) throw cancelledFault(signal, 'Walking through the folder');
  }
}

/** Whether a Fault is about the one file or folder that was being read. */
export function isLocalDamage(error: unknown): error is Fault {
  return error instanceof Fault && (error.code === 'invalid' || error.code === 'unsupported');
}

class TreeWalk {
  readonly #visitor: TreeVisitor;
  readonly #signal: AbortSignal;
  readonly #levels: Level[] = [];
  readonly #seen = new Set<number>();
  #items = 0;

  constructor(visitor: TreeVisitor, signal: AbortSignal) {
    this.#visitor = visitor;
    this.#signal = signal;
  }

  async enter(names: readonly string[], folder: FileItem): Promise<string | undefined> {
    if (!folder.entries) return folder.obstacle ?? 'Its entries can not be read.';
    if (this.#seen.has(folder.id))
      return 'It is in the tree twice, or leads back to a folder above: the volume is damaged.';
    if (names.length > deepest) return `It lies more than ${deepest} folders deep.`;
    if (this.#seen.size >= mostFolders) throw tooMany(mostFolders, 'folders');
    this.#seen.add(folder.id);
    const problem = await this.#visitor.enter(names, folder);
    if (problem !== undefined) return problem;
    this.#levels.push({ names, folder, entries: folder.entries(this.#signal)[Symbol.asyncIterator]() });
    return undefined;
  }

  /** Takes one entry of the folder at hand; false when there is none left. */
  async step(): Promise<boolean> {
    const level = this.#levels.at(-1);
    if (!level) return false;
    const entry = await this.#next(level);
    if (entry) await this.#take(level, entry);
    else {
      this.#levels.pop();
      await this.#visitor.leave(level.names, level.folder);
    }
    return true;
  }

  /** The next entry; none behind what is damaged. */
  async #next(level: Level): Promise<FolderEntry | undefined> {
    try {
      const next = await level.entries.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      // Where nothing at all was found, the Fault is the answer.
      if (!isLocalDamage(error) || this.#items === 0) throw error;
      this.#visitor.skip(level.names, `Not all of it could be listed. ${error.message}`);
      return undefined;
    }
  }

  async #take(level: Level, entry: FolderEntry): Promise<void> {
    this.#items++;
    if (this.#items > mostItems) throw tooMany(mostItems, 'files');
    const names = [...level.names, entry.name];
    const problem = nameProblem(entry.name) ?? (await this.#visit(names, entry));
    if (problem !== undefined) this.#visitor.skip(names, problem);
  }

  async #visit(names: readonly string[], entry: FolderEntry): Promise<string | undefined> {
    let item: FileItem;
    try {
      item = await entry.open(this.#signal);
    } catch (error) {
      if (isLocalDamage(error)) return error.message;
      throw error;
    }
    if (item.kind === 'folder') return await this.enter(names, item);
    if (item.kind === 'file') return item.obstacle ?? (await this.#visitor.file(names, item));
    if (item.kind === 'other') return item.obstacle ?? 'It is neither a file nor a folder.';
    return item.target === undefined ? 'It is a link.' : `It is a link to "${item.target}".`;
  }
}

function tooMany(limit: number, what: string): Fault {
  return new Fault('unsupported', `The folder has more than ${limit} ${what} in it.`, {
    remedy: 'Copy folders below it one by one.',
    data: { field: 'path', limit },
  });
}
