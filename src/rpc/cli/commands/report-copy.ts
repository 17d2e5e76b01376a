import { access, chmod, constants, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../../errors/fault.ts';
import { writeFileAtomically } from '../../../host/write-file-atomically.ts';

/** Puts the report of a run where its caller wants it, over a file that is there. */
export class ReportCopy {
  readonly #target: string;

  private constructor(target: string) {
    this.#target = target;
  }

  /** Throws `denied` when nothing could be written there. */
  static async prepare(target: string): Promise<ReportCopy> {
    const copy = new ReportCopy(path.resolve(target));
    try {
      await copy.#check();
      return copy;
    } catch (error) {
      throw explain(target, 'Name a file in a folder that this user may write to.', error);
    }
  }

  async take(folder: string): Promise<void> {
    const report = path.join(folder, 'junit.xml');
    const text = await readFile(report);
    await this.#write(text).catch((error: unknown) => {
      throw explain(this.#target, `The report is at ${report}.`, error);
    });
  }

  async #check(): Promise<void> {
    const found = await this.#look();
    if (found?.isDirectory()) throw new Error('It is a folder.');
    if (found !== undefined && !found.isFile()) return access(this.#target, constants.W_OK);
    const folder = path.dirname(this.#target);
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  }

  async #write(text: Uint8Array): Promise<void> {
    const found = await this.#look();
    // A terminal, a pipe: what is written goes there, and nothing takes its place.
    if (found !== undefined && !found.isFile()) return writeFile(this.#target, text);
    const file = found === undefined ? this.#target : await realpath(this.#target);
    await writeFileAtomically(file, text);
    // Reports are read by others, such as the agent of a build server: they are as open as other files of this user.
    await chmod(file, found === undefined ? 0o666 & ~process.umask() : found.mode & 0o777);
  }

  async #look() {
    return stat(this.#target).catch(() => undefined);
  }
}

function explain(target: string, remedy: string, cause: unknown): Fault {
  return new Fault('denied', `The file "${target}" can not be written.`, { remedy, data: { field: 'junit' }, cause });
}
