import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { machineName } from '../../model/machine.ts';
import { type MachineDefinition, machineDefinition } from './machine-definition.ts';

export const definitionFile = 'machine.json';
const folderName = /^[0-9a-f]{12}$/;

/** A machine whose file cannot be read: it is there, with its disks, and nothing can be done with it but delete it. */
export interface DamagedMachine {
  readonly id: string;
  /** What its file still says, else its id. */
  readonly name: string;
  readonly file: string;
  readonly problem: string;
}

type Read = { readonly definition: MachineDefinition } | { readonly damaged: DamagedMachine };

/** The files that say what machines there are. One that has not changed since it was read is not read again. */
export class DefinitionFiles {
  readonly #root: string;
  readonly #known = new Map<string, { readonly mark: string; readonly read: Read }>();

  constructor(root: string) {
    this.#root = root;
  }

  async list(): Promise<Read[]> {
    const names = await readdir(this.#root).catch(() => []);
    const ids = names.filter(name => folderName.test(name));
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
    return (await Promise.all(ids.map(id => this.read(id)))).flatMap(read => read ?? []);
  }

  /** Undefined when there is no such machine. */
  async read(id: string): Promise<Read | undefined> {
    if (!folderName.test(id)) return undefined;
    const file = join(this.#root, id, definitionFile);
    try {
      const { ino, size, mtimeNs } = await stat(file, { bigint: true });
      const mark = `${ino} ${size} ${mtimeNs}`;
      const known = this.#known.get(id);
      if (known?.mark === mark) return known.read;
      const read = parse(id, file, await readFile(file, 'utf8'));
      this.#known.set(id, { mark, read });
      return read;
    } catch (error) {
      this.#known.delete(id);
      const exists = await stat(join(this.#root, id)).catch(() => undefined);
      if (!exists?.isDirectory()) return undefined;
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      return { damaged: { id, name: id, file, problem: `Its file ${file} can not be read${code}.` } };
    }
  }
}

function parse(id: string, file: string, text: string): Read {
  const damaged = (name: string, problem: string) => ({ damaged: { id, name, file, problem } });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return damaged(id, `Its file ${file} is no JSON: it was cut off or overwritten.`);
  }
  const { data, error } = machineDefinition.safeParse(raw);
  const said =
    typeof raw === 'object' && raw !== null && 'name' in raw ? machineName.safeParse(raw.name).data : undefined;
  if (data === undefined) {
    const [issue] = error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'all of it' : `"${issue.path.join('.')}"`;
    return damaged(said ?? id, `Its file ${file} is not as this version of vmbridge expects it, at ${where}.`);
  }
  if (data.id === id) return { definition: data };
  return damaged(id, `Its file ${file} belongs to another machine, "${data.name}".`);
}
