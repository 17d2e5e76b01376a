import { join } from 'node:path';
import type { PlanStep } from '../../model/plan.ts';
import type { Engine } from '../engine.ts';
import { blockFile } from '../img/block-file.ts';
import { emptyArguments } from '../img/create-empty.ts';
import { listSnapshots } from '../img/list-snapshots.ts';
import type { ImgOptions } from '../img/run-img.ts';
import { runImg } from '../img/run-img.ts';
import { variablesFile } from '../machines/describe-machine.ts';
import type { MachineDefinition } from '../machines/machine-definition.ts';
import { memoryFileOf } from './snapshot-names.ts';

type Parts = Pick<MachineDefinition, 'disks' | 'firmware'>;

export type NoteStep = (step: PlanStep) => void;

const meanings = {
  '-c': 'Record what a disk holds',
  '-a': 'Put a disk back to what was recorded',
  '-d': 'Remove a record',
} as const;

/** Any; the file grows with what is saved into it. */
const memoryFileSize = 65_536;

/** Snapshots inside the images of a machine that is stopped. What is begun is finished: each step takes milliseconds. */
export class StoredSnapshots {
  readonly #engine: Engine;
  readonly #files: readonly string[];
  readonly #folder: string;
  readonly #note: NoteStep | undefined;
  /** Tags that would be there by now. */
  readonly #noted = new Set<string>();

  /** With `note` nothing is changed: it is told what would be run. */
  constructor(engine: Engine, definition: Parts, folder: string, note?: NoteStep) {
    this.#engine = engine;
    this.#folder = folder;
    this.#note = note;
    const disks = definition.disks.map(({ file }) => file);
    this.#files = definition.firmware === 'uefi' ? [...disks, variablesFile] : disks;
  }

  /** The tags in each image, by the name of its file. */
  async list(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const file of this.#files) {
      const tags = await listSnapshots(this.#engine, this.#describe(file), this.#options(file));
      found.set(file, [...tags, ...this.#noted]);
    }
    return found;
  }

  /** In all images, or in none. */
  async save(tag: string): Promise<void> {
    try {
      for (const file of this.#files) await this.#snapshot('-c', tag, file);
      if (this.#note !== undefined) this.#noted.add(tag);
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
    const args = emptyArguments(shape, memoryFileSize, file);
    await this.#change('Make the file for the memory.', args, { ...this.#options(file), cwd: this.#folder });
  }

  async #snapshot(action: '-c' | '-a' | '-d', tag: string, file: string): Promise<void> {
    const args = ['snapshot', '-q', action, tag, blockFile(this.#describe(file))];
    await this.#change(`${meanings[action]}: ${file}, ${tag}.`, args, this.#options(file));
  }

  async #change(summary: string, args: readonly string[], options: ImgOptions): Promise<void> {
    if (this.#note === undefined) await runImg(this.#engine, args, options);
    else this.#note({ summary, command: [this.#engine.img, ...args] });
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
