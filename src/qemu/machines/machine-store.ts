import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import { withFileLock } from '../../host/file-lock.ts';
import { createRunFolder, type RunFolder, sweepRunFolders } from '../../host/run-folder.ts';
import { writeFileAtomically } from '../../host/write-file-atomically.ts';
import { type MachineDefinition, machineDefinition } from './machine-definition.ts';

const fileName = 'machine.json';
const folderName = /^[0-9a-f]{12}$/;
/** A machine that is only being made has a folder of this kind; what a killed process leaves of it is swept. */
const purpose = 'new';

/** The machines that are kept over restarts: one folder each, with its definition, its disks and its logs. */
export class MachineStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  folderOf(id: string): string {
    return join(this.root, id);
  }

  /** All that can be read, by name. */
  async list(): Promise<MachineDefinition[]> {
    const entries = await readdir(this.root).catch(() => []);
    const found = await Promise.all(entries.filter(name => folderName.test(name)).map(id => this.#read(id)));
    return found.flatMap(definition => definition ?? []).sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async get(id: string): Promise<MachineDefinition | undefined> {
    return folderName.test(id) ? this.#read(id) : undefined;
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
    await this.#sweep();
    await this.#locked(signal, () => this.#refuseTaken(definition.name));
    const folder = await createRunFolder(this.root, purpose);
    try {
      await writeFileAtomically(join(folder.path, fileName), JSON.stringify(definition));
      const built = await build(folder.path);
      await this.#locked(signal, () => this.#settle(folder, built));
      return built;
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  async #settle(folder: RunFolder, definition: MachineDefinition): Promise<void> {
    await this.#refuseTaken(definition.name);
    await writeFileAtomically(join(folder.path, fileName), format(definition));
    // First: a machine's folder must never say that it belongs to a process, whose end would have it swept.
    await folder.handOver();
    await rename(folder.path, this.folderOf(definition.id));
  }

  /** Changes what is written about a machine; `change` gets what is there now. Throws `not_found`. */
  async change(
    id: string,
    change: (definition: MachineDefinition) => MachineDefinition,
    signal?: AbortSignal,
  ): Promise<MachineDefinition> {
    return this.#locked(signal, async () => {
      const before = await this.#read(id);
      if (before === undefined) throw new Fault('not_found', 'The machine was deleted meanwhile.');
      const after = change(before);
      if (after.name !== before.name) await this.#refuseTaken(after.name);
      await writeFileAtomically(join(this.folderOf(id), fileName), format(after));
      return after;
    });
  }

  /** Removes a machine with all that is in its folder. What a killed process leaves of it is no machine any more. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    const doomed = join(this.root, `deleted-${id}`);
    await this.#locked(signal, () => rename(this.folderOf(id), doomed));
    await rm(doomed, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
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
    const file = join(this.folderOf(definition.id), 'busy.lock');
    return withFileLock(file, { signal, patienceMs: 2000, explainHeld }, work);
  }

  async #refuseTaken(name: string): Promise<void> {
    const existing = (await this.list()).find(other => other.name === name);
    if (existing === undefined) return;
    throw new Fault('conflict', `There is a machine "${name}" already.`, {
      remedy: 'Choose another name.',
      data: { field: 'name', existing: `qemu:local/${name}` },
    });
  }

  async #locked<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    return withFileLock(join(this.root, 'names.lock'), { signal }, work);
  }

  async #sweep(): Promise<void> {
    await sweepRunFolders(this.root);
    const entries = await readdir(this.root).catch(() => []);
    for (const name of entries.filter(each => each.startsWith('deleted-'))) {
      await rm(join(this.root, name), { recursive: true, force: true }).catch(() => {});
    }
  }

  async #read(id: string): Promise<MachineDefinition | undefined> {
    try {
      const raw: unknown = JSON.parse(await readFile(join(this.folderOf(id), fileName), 'utf8'));
      const { data } = machineDefinition.safeParse(raw);
      return data?.id === id ? data : undefined;
    } catch {
      return undefined;
    }
  }
}

function format(definition: MachineDefinition): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}
