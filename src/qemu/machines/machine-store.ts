import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { withFileLock } from '../../host/file-lock.ts';
import { createRunFolder, ownerFile, type RunFolder, sweepRunFolders } from '../../host/run-folder.ts';
import { guardFolders } from '../../host/warden.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { asHostFault } from '../as-host-fault.ts';
import { type DamagedMachine, DefinitionFiles, definitionFile } from './definition-files.ts';
import type { MachineDefinition } from './machine-definition.ts';

/** A machine that is only being made has a folder of this kind; what a killed process leaves of it is swept. */
const purpose = 'new';
const doomedPrefix = 'deleted-';
/** Nobody is in the middle of a step any more that takes milliseconds. */
const oldMs = 3_600_000;

/** The machines that are kept over restarts: one folder each, with its definition, its disks and its logs. */
export class MachineStore {
  readonly root: string;
  readonly #files: DefinitionFiles;

  constructor(root: string) {
    this.root = root;
    this.#files = new DefinitionFiles(root);
  }

  folderOf(id: string): string {
    return join(this.root, id);
  }

  /** All that can be read, by name. */
  async list(): Promise<MachineDefinition[]> {
    return (await this.listAll()).definitions;
  }

  /** All there are, by name. No two have the same one. */
  async listAll(): Promise<{ definitions: MachineDefinition[]; damaged: DamagedMachine[] }> {
    const all = await this.#files.list();
    const definitions = all.flatMap(read => ('definition' in read ? [read.definition] : []));
    const names = new Set(definitions.map(({ name }) => name));
    const damaged = all
      .flatMap(read => ('damaged' in read ? [read.damaged] : []))
      .map(each => (names.has(each.name) ? { ...each, name: each.id } : each));
    return { definitions: definitions.sort(byName), damaged: damaged.sort(byName) };
  }

  async get(id: string): Promise<MachineDefinition | undefined> {
    const read = await this.#files.read(id);
    return read !== undefined && 'definition' in read ? read.definition : undefined;
  }

  /**
   * Makes a machine: `build` fills its folder, and the machine exists when that is done, or not at all. Throws `conflict`
   * when the name is taken, before and after.
   */
  async create(
    definition: MachineDefinition,
    build: (folder: string) => Promise<MachineDefinition>,
    signal: AbortSignal,
  ): Promise<MachineDefinition> {
    await this.sweep();
    await this.#locked(signal, () => this.refuseTaken(definition.name));
    const folder = await createRunFolder(this.root, purpose);
    try {
      await write(folder.path, definition);
      const built = await build(folder.path);
      await this.#locked(signal, () => this.#settle(folder, built));
      return built;
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  async #settle(folder: RunFolder, definition: MachineDefinition): Promise<void> {
    await this.refuseTaken(definition.name);
    await write(folder.path, definition);
    await folder.moveTo(this.folderOf(definition.id));
  }

  /** Changes what is written about a machine; `change` gets what is there now. Throws `not_found`. */
  async change(
    id: string,
    change: (definition: MachineDefinition) => MachineDefinition,
    signal?: AbortSignal,
  ): Promise<MachineDefinition> {
    return this.#locked(signal, async () => {
      const before = await this.get(id);
      if (before === undefined) throw new Fault('not_found', 'The machine was deleted meanwhile.');
      const after = change(before);
      if (after.name !== before.name) await this.refuseTaken(after.name);
      await write(this.folderOf(id), after);
      return after;
    });
  }

  /** Removes a machine with all that is in its folder. What a killed process leaves of it is no machine any more. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    const doomed = join(this.root, `${doomedPrefix}${id}`);
    const guarded = guardFolders([doomed]);
    try {
      await this.#locked(signal, () => rename(this.folderOf(id), doomed)).catch((error: unknown) => {
        throw asHostFault(error, `The folder ${this.folderOf(id)} could not be removed.`);
      });
      // It is no machine any more: what can not be removed now is swept later.
      await removeFolder(doomed).catch(() => {});
    } finally {
      guarded.release();
    }
  }

  /**
   * Does something long with one machine while nobody else does, in this or another process. Throws `busy` when somebody
   * does already.
   */
  async exclusively<Result>(
    definition: Pick<MachineDefinition, 'id' | 'name'>,
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const explainHeld = (pid: number | undefined) =>
      new Fault('busy', `Something else is being done with the machine "${definition.name}" just now.`, {
        remedy: 'Try again when it is done; operation.list shows what this server does.',
        data: { field: 'vm', processId: pid },
      });
    // Beside the folder: whoever waits while the machine is deleted must not make its folder anew.
    const file = join(this.root, `${definition.id}.lock`);
    return withFileLock(file, { signal, patienceMs: 2000, explainHeld }, work);
  }

  /** Throws `conflict` when a machine has that name. */
  async refuseTaken(name: string): Promise<void> {
    const { definitions, damaged } = await this.listAll();
    if (![...definitions, ...damaged].some(other => other.name === name)) return;
    throw new Fault('conflict', `There is a machine "${name}" already.`, {
      remedy: 'Choose another name.',
      data: { field: 'name', existing: `qemu:local/${name}` },
    });
  }

  async #locked<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    return withFileLock(join(this.root, 'names.lock'), { signal }, work);
  }

  /** Removes what killed processes left of machines that they were making or deleting, and of locks. */
  async sweep(): Promise<void> {
    await sweepRunFolders(this.root, name => name.startsWith(`${purpose}-`));
    const entries = await readdir(this.root).catch((): string[] => []);
    const isOld = async (name: string) => {
      const found = await stat(join(this.root, name)).catch(() => undefined);
      return found !== undefined && Date.now() - found.mtimeMs > oldMs;
    };
    for (const name of entries) {
      const id = /^([0-9a-f]{12})\.lock/.exec(name)?.[1];
      const isDoomed = name.startsWith(doomedPrefix);
      // One that is being made has a note of its owner all the time; without it, it was just about to get its name.
      const isRest =
        /\.draft$/.test(name) || (id !== undefined && !entries.includes(id)) || (await isUnowned(this.root, name));
      if (isDoomed || (isRest && (await isOld(name)))) await removeFolder(join(this.root, name)).catch(() => {});
    }
  }
}

async function isUnowned(root: string, name: string): Promise<boolean> {
  if (!name.startsWith(`${purpose}-`)) return false;
  return !(await stat(join(root, name, ownerFile)).catch(() => undefined));
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

async function write(folder: string, definition: MachineDefinition): Promise<void> {
  const file = join(folder, definitionFile);
  try {
    await writeFileAtomically(file, `${JSON.stringify(definition, null, 2)}\n`);
  } catch (error) {
    throw asHostFault(error, `What is known of the machine "${definition.name}" could not be written to ${file}.`);
  }
}
