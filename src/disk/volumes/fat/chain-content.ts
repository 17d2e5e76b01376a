import { Fault } from '../../../errors/fault.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import type { FileContent } from '../file-system.ts';
import { bytesContent, type Place, placedContent } from '../placed-content.ts';
import type { ClusterTable } from './cluster-table.ts';

export interface ClusterChain {
  /** First cluster. */
  readonly first: number;
  /** Bytes of content. */
  readonly size: number;
  /** Bytes that were written; behind them stand zeros. */
  readonly written?: number | undefined;
  /** The clusters lie side by side, and the table does not know of them (exFAT). */
  readonly isContiguous?: boolean | undefined;
}

/** Clusters that are taken together, when they lie side by side. */
const mostTogether = 4 * 1024 * 1024;

/** The content of a file that is a chain of clusters. */
export function chainContent(table: ClusterTable, chain: ClusterChain): FileContent {
  const { volume } = table;
  const { size, first } = chain;
  if (size === 0) return bytesContent(volume.path, 'file', Buffer.alloc(0), 0);
  const { clusterSize } = table.layout;
  const written = Math.min(chain.written ?? size, size);
  const walk = new ChainWalk(table, first, size);
  return placedContent(volume, {
    structure: 'cluster of a file',
    size,
    mayHaveHoles: written < size,
    async locate(offset, signal): Promise<Place> {
      if (offset >= written) return { at: undefined, length: size - offset };
      const index = Math.floor(offset / clusterSize);
      const within = offset - index * clusterSize;
      if (chain.isContiguous) {
        const last = first + Math.ceil(size / clusterSize) - 1;
        table.place(last);
        return { at: table.place(first) + offset, length: written - offset };
      }
      const { cluster, together } = await walk.find(index, signal);
      return { at: table.place(cluster) + within, length: Math.min(together * clusterSize, written) - within };
    },
  });
}

interface ClusterRun {
  readonly index: number;
  readonly cluster: number;
  /** At least 1. */
  readonly together: number;
}

/** Follows a chain from where it was left, or again from its start. */
class ChainWalk {
  readonly #table: ClusterTable;
  readonly #first: number;
  readonly #length: number;
  /** How far the chain was followed. */
  #index = 0;
  #cluster: number;
  #last: ClusterRun = { index: 0, cluster: 0, together: 0 };

  constructor(table: ClusterTable, first: number, size: number) {
    this.#table = table;
    this.#first = first;
    this.#cluster = first;
    this.#length = Math.ceil(size / table.layout.clusterSize);
    if (this.#length > table.layout.clusters) {
      const problem = `stands for a file of ${size} bytes, which is more than the volume has`;
      throw invalidStructure(table.volume.path, 'folder entry', 0, problem);
    }
  }

  /** The cluster of this index, and how many lie side by side from there on, so far as that is worth knowing. */
  async find(index: number, signal?: AbortSignal): Promise<ClusterRun> {
    const skipped = index - this.#last.index;
    if (skipped < 0 || skipped >= this.#last.together) this.#last = await this.#findRun(index, signal);
    const { cluster, together } = this.#last;
    const within = index - this.#last.index;
    return { index, cluster: cluster + within, together: together - within };
  }

  async #findRun(index: number, signal?: AbortSignal): Promise<ClusterRun> {
    if (index < this.#index) {
      this.#index = 0;
      this.#cluster = this.#first;
    }
    while (this.#index < index) await this.#step(signal);
    const cluster = this.#cluster;
    const most = Math.max(1, Math.min(mostTogether / this.#table.layout.clusterSize, this.#length - index));
    let together = 1;
    while (together < most && (await this.#canStep(signal)) && this.#cluster === cluster + together) together++;
    return { index, cluster, together };
  }

  /** A step ahead of what was asked for: a chain that breaks off there is a matter for whoever comes there. */
  async #canStep(signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#step(signal);
      return true;
    } catch (error) {
      if (error instanceof Fault && error.code === 'invalid') return false;
      throw error;
    }
  }

  async #step(signal?: AbortSignal): Promise<void> {
    const next = await this.#table.next(this.#cluster, signal);
    if (next === undefined) {
      const have = (this.#index + 1) * this.#table.layout.clusterSize;
      const { path } = this.#table.volume;
      throw invalidStructure(path, 'chain of clusters', this.#table.layout.tableStart, `ends after ${have} bytes`, {
        firstCluster: this.#first,
      });
    }
    this.#cluster = next;
    this.#index++;
  }
}
