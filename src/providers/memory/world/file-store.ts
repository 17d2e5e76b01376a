import { readFile } from 'node:fs/promises';
import { Fault } from '../../../errors/fault.ts';
import { withFileLock } from '../../../host/file-lock.ts';
import { isProcessAlive } from '../../../host/process-identity.ts';
import { writeFileAtomically } from '../../../host/write-file-atomically.ts';
import type { Store } from './store.ts';
import { type World, world } from './world.ts';

/** A world in a JSON file, which several processes read and change. */
export class FileStore implements Store {
  readonly #file: string;
  readonly #seed: () => World;

  /** `seed` makes the world of a file that is not there yet. */
  constructor(file: string, seed: () => World) {
    this.#file = file;
    this.#seed = seed;
  }

  async read(): Promise<World> {
    return settle((await readWorld(this.#file)) ?? this.#seed());
  }

  async change<Result>(change: (world: World) => Result, signal?: AbortSignal): Promise<Result> {
    const remedy = 'Set "providers.memory.file" to a file in a folder that can be written.';
    return withFileLock(`${this.#file}.lock`, { signal, remedy }, async () => {
      const draft = await this.read();
      const result = change(draft);
      await this.#write(draft);
      return result;
    });
  }

  async #write(draft: World): Promise<void> {
    try {
      await writeFileAtomically(this.#file, `${JSON.stringify(draft, null, 2)}\n`);
    } catch (error) {
      throw new Fault('host_fault', `The state file ${this.#file} cannot be written.`, {
        remedy: 'Check that its disk is not full, or set "providers.memory.file" to another file.',
        data: { field: 'providers.memory.file' },
        cause: error,
      });
    }
  }
}

/** The world of a file, or nothing when there is none. Throws `invalid` for what is no world. */
export async function readWorld(file: string): Promise<World | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Fault('denied', `The state file ${file} cannot be read.`, {
      remedy: 'Set "providers.memory.file" to a file that can be read and written.',
      data: { field: 'providers.memory.file' },
      cause: error,
    });
  }
  const { data } = world.safeParse(parse(text));
  if (data !== undefined) return data;
  throw new Fault('invalid', `The file ${file} does not hold the state of a pretend hypervisor.`, {
    remedy: 'Remove it to begin anew, or set "providers.memory.file" to another file.',
    data: { field: 'providers.memory.file' },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Takes back the work of processes that died in the middle of it. */
async function settle(draft: World): Promise<World> {
  for (const machine of draft.machines) {
    if (machine.activity === undefined || (await isProcessAlive(machine.activity.owner))) continue;
    if (machine.activity.kind === 'create') draft.machines = draft.machines.filter(other => other !== machine);
    else delete machine.activity;
  }
  return draft;
}
