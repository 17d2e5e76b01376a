import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { blockFile } from '../img/block-file.ts';
import { createEmpty } from '../img/create-empty.ts';
import { listSnapshots } from '../img/list-snapshots.ts';
import type { ImgOptions } from '../img/run-img.ts';
import { runImg } from '../img/run-img.ts';
import { variablesFile } from '../machines/describe-machine.ts';
import type { MachineDefinition } from '../machines/machine-definition.ts';
import { memoryFileOf } from './snapshot-names.ts';

type Parts = Pick<MachineDefinition, 'disks' | 'firmware'>;

/** Any; the file grows with what is saved into it. */
const memoryFileSize = 65_536;

/** Snapshots inside the images of a machine that is stopped. What is begun is finished: each step takes milliseconds. */
export class StoredSnapshots {
  readonly #engine: Engine;
  readonly #files: readonly string[];
  readonly #folder: string;

  constructor(engine: Engine, definition: Parts, folder: string) {
    this.#engine = engine;
    this.#folder = folder;
    const disks = definition.disks.map(({ file }) => file);
    this.#files = definition.firmware === 'uefi' ? [...disks, variablesFile] : disks;
  }

  /** The tags in each image, by the name of its file. */
  async list(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const file of this.#files) {
      found.set(file, await listSnapshots(this.#engine, this.#describe(file), this.#options(file)));
    }
    return found;
  }

  /** In all images, or in none. */
  async save(tag: string): Promise<void> {
    try {
      for (const file of this.#files) await this.#snapshot('-c', tag, file);
    } catch (error) {
      // What is left of it all the same is removed by whoever works with the machine next.
      await this.delete(tag).catch(() => {});
      throw error;
    }
  }

  /** Puts all images back to what they were. To be done again when it fails midway. */
  async apply(tag: string): Promise<void> {
    for (const file of this.#files) await this.#snapshot('-a', tag, file);
  }

  /** Those that do not have it stay as they are. */
  async delete(tag: string): Promise<void> {
    for (const [file, tags] of await this.list()) {
      for (const _ of tags.filter(each => each === tag)) await this.#snapshot('-d', tag, file);
    }
  }

  /** Makes the file that a checkpoint's memory is saved into. */
  async createMemoryFile(checkpoint: string): Promise<void> {
    const file = memoryFileOf(checkpoint);
    const shape = { format: 'qcow2', compressed: false, allocate: false } as const;
    await createEmpty(this.#engine, shape, memoryFileSize, file, { ...this.#options(file), cwd: this.#folder });
  }

  async #snapshot(action: '-c' | '-a' | '-d', tag: string, file: string): Promise<void> {
    await runImg(this.#engine, ['snapshot', '-q', action, tag, blockFile(this.#describe(file))], this.#options(file));
  }

  #describe(file: string) {
    const filename = join(this.#folder, file);
    // What it stands on has no part in it.
    return { driver: 'qcow2', discard: 'unmap', backing: null, file: { driver: 'file', filename, discard: 'unmap' } };
  }

  #options(file: string): ImgOptions {
    const subject = { image: { path: join(this.#folder, file), format: 'qcow2' as const } };
    return { subject, signal: new AbortController().signal };
  }
}
