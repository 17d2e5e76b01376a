import { join } from 'node:path';
import { z } from 'zod';
import type { MachineDefinition } from '../machines/machine-definition.ts';
import { type JobChannel, runJob } from './run-job.ts';
import { memoryFileOf, tagOf } from './snapshot-names.ts';

const memoryNode = 'checkpoint-memory';
const nodeList = z.array(
  z.object({
    'node-name': z.string().optional(),
    image: z.object({ snapshots: z.array(z.object({ name: z.string() })).default([]) }),
  }),
);

type Parts = Pick<MachineDefinition, 'disks' | 'firmware'>;

/** Snapshots inside the images of a machine that runs; nobody but QEMU may touch those. */
export class LiveSnapshots {
  readonly #qmp: JobChannel;
  readonly #nodes: readonly string[];
  readonly #folder: string;

  constructor(qmp: JobChannel, definition: Parts, folder: string) {
    this.#qmp = qmp;
    this.#folder = folder;
    const disks = definition.disks.map((_, index) => `disk${index}`);
    this.#nodes = definition.firmware === 'uefi' ? [...disks, 'firmware-vars'] : disks;
  }

  /** The tags in each image, by the name of its node. */
  async list(): Promise<Map<string, string[]>> {
    const nodes = nodeList.parse(await this.#qmp.execute('query-named-block-nodes', { flat: true }));
    return new Map(
      this.#nodes.map(name => {
        const node = nodes.find(each => each['node-name'] === name);
        return [name, (node?.image.snapshots ?? []).map(snapshot => snapshot.name)];
      }),
    );
  }

  /** All images at the same moment, without memory. */
  async save(tag: string): Promise<void> {
    const actions = this.#nodes.map(device => ({
      type: 'blockdev-snapshot-internal-sync',
      data: { device, name: tag },
    }));
    await this.#qmp.execute('transaction', { actions });
  }

  /** Memory goes to the checkpoint's file, which is there and empty. */
  async saveWithMemory(checkpoint: string): Promise<void> {
    await this.#withMemoryFile(checkpoint, devices =>
      runJob(this.#qmp, 'snapshot-save', { tag: tagOf(checkpoint), vmstate: memoryNode, devices }),
    );
  }

  /** The machine stands still afterwards. Throws as `runJob`. */
  async load(checkpoint: string, onSuccess: () => Promise<unknown>): Promise<void> {
    await this.#withMemoryFile(checkpoint, devices => {
      const args = { tag: tagOf(checkpoint), vmstate: memoryNode, devices };
      return runJob(this.#qmp, 'snapshot-load', args, onSuccess);
    });
  }

  /** Those that do not have it stay as they are. */
  async delete(tag: string): Promise<void> {
    await runJob(this.#qmp, 'snapshot-delete', { tag, devices: this.#nodes });
  }

  /** Lets go of the memory file that an earlier process left open. */
  async closeMemoryFile(): Promise<void> {
    await this.#qmp.execute('blockdev-del', { 'node-name': memoryNode }).catch(() => {});
  }

  async #withMemoryFile(checkpoint: string, work: (devices: readonly string[]) => Promise<void>): Promise<void> {
    const filename = join(this.#folder, memoryFileOf(checkpoint));
    const file = { driver: 'file', filename };
    await this.closeMemoryFile();
    await this.#qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': memoryNode, file });
    try {
      await work([memoryNode, ...this.#nodes]);
    } finally {
      await this.closeMemoryFile();
    }
  }
}
