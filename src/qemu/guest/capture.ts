import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Picture } from '../../model/picture.ts';
import type { QmpChannel } from '../qmp/qmp-channel.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';
import { findTextPage, isTextGeometry } from './find-text-page.ts';
import { parsePpm } from './parse-ppm.ts';

const textMemory = 0xb8000;
const textMemoryBytes = 32 * 1024;

/** Has QEMU write what is on the screen into a file of its own folder. */
export function screendump(qmp: QmpChannel, filename: string, signal?: AbortSignal): Promise<unknown> {
  return qmp.execute('screendump', { filename }, signal);
}

/** Takes pictures and memory from a machine whose QEMU runs in `folder`. */
export class Capture {
  readonly #qmp: QmpClient;
  readonly #folder: string;
  // Other processes may look at the same machine at the same time.
  readonly #id = randomBytes(6).toString('hex');
  readonly #prefix: string;
  #last = 0;
  /** Holds each file while it is looked at: a picture has megabytes, and most show what the one before did. */
  #room = Buffer.alloc(0);
  #picture: Picture | undefined;

  /** `prefix` begins the names of its files: whoever shares the folder with its owner takes one of his own. */
  constructor(qmp: QmpClient, folder: string, prefix = 'capture') {
    this.#qmp = qmp;
    this.#folder = folder;
    this.#prefix = prefix;
  }

  /** The same object again as long as the screen shows the same. */
  screen(signal?: AbortSignal): Promise<Picture> {
    const write = (filename: string) => screendump(this.#qmp, filename, signal);
    return this.#fetch('ppm', write, file => {
      this.#picture = parsePpm(file, this.#picture);
      return this.#picture;
    });
  }

  /** The text page on the screen, when it is one. `shown`: a picture that was taken a moment ago, which saves taking one. */
  async text(signal?: AbortSignal, shown?: Picture): Promise<Buffer | undefined> {
    const page = await this.#findText(signal, shown);
    // The screen may have scrolled between picture and memory; twice in a row is unlikely.
    return page === 'unlike' ? this.#findText(signal).then(again => (again === 'unlike' ? undefined : again)) : page;
  }

  async #findText(signal: AbortSignal | undefined, shown?: Picture): Promise<Buffer | 'unlike' | undefined> {
    const picture = shown ?? (await this.screen(signal));
    if (!isTextGeometry(picture)) return undefined;
    const write = (filename: string) =>
      this.#qmp.execute('pmemsave', { val: textMemory, size: textMemoryBytes, filename }, signal);
    return this.#fetch('mem', write, memory => findTextPage(picture, memory) ?? 'unlike');
  }

  /** Has QEMU write a file, and gives its content to `use`. The name is relative, so that QEMU's idea of characters plays no part. */
  async #fetch<Result>(
    suffix: string,
    write: (filename: string) => Promise<unknown>,
    use: (file: Buffer) => Result,
  ): Promise<Result> {
    this.#last += 1;
    const filename = `${this.#prefix}-${this.#id}-${this.#last}.${suffix}`;
    const path = join(this.#folder, filename);
    try {
      await write(filename);
      // At once: it lies in the system's cache, and on a busy host each step that waits its turn takes longer than all of this.
      return use(this.#read(path));
    } finally {
      rmSync(path, { force: true });
    }
  }

  /** The content holds until the next file is read. */
  #read(path: string): Buffer {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (this.#room.length < size) this.#room = Buffer.allocUnsafeSlow(size);
      let length = 0;
      for (let count = -1; count !== 0 && length < size; length += count) {
        count = readSync(file, this.#room, length, size - length, length);
      }
      return this.#room.subarray(0, length);
    } finally {
      closeSync(file);
    }
  }
}
