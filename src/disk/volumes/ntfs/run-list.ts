import type { ByteReader } from '../../source/byte-reader.ts';
import { invalidStructure } from '../../source/invalid-structure.ts';
import type { NtfsAttribute } from './parse-attributes.ts';
import { parseRuns, type Run } from './parse-runs.ts';

interface DecodedPart {
  readonly runs: readonly Run[];
  /** The first cluster of the value that each run is about. */
  readonly starts: readonly number[];
}

/**
 * Where the clusters of a value lie. The runs of one record at a time are kept decoded, so that a value in a million pieces takes
 * no more memory than the records that tell of it.
 */
export class RunList {
  readonly #volume: ByteReader;
  readonly #parts: readonly NtfsAttribute[];
  #decoded: DecodedPart = { runs: [], starts: [] };
  #decodedIndex = -1;

  /** `parts` in the order of the clusters that they are about. */
  constructor(volume: ByteReader, parts: readonly NtfsAttribute[]) {
    this.#volume = volume;
    this.#parts = parts;
  }

  /** The run from a cluster of the value on: at least that one cluster. */
  find(cluster: number): Run {
    const index = findLast(this.#parts.length, at => (this.#parts[at]?.firstCluster ?? 0) <= cluster);
    const part = this.#parts[index];
    if (!part) throw this.#fail('has no beginning');
    const { runs, starts } = this.#decode(index, part);
    const at = findLast(starts.length, place => (starts[place] ?? 0) <= cluster);
    const run = runs[at];
    const skipped = cluster - (starts[at] ?? 0);
    if (!run || skipped >= run.clusters) throw this.#fail(`says nothing about cluster ${cluster}`);
    return { start: run.start === undefined ? undefined : run.start + skipped, clusters: run.clusters - skipped };
  }

  #decode(index: number, part: NtfsAttribute): DecodedPart {
    if (index === this.#decodedIndex) return this.#decoded;
    const runs = parseRuns(part.runs ?? Buffer.alloc(0));
    const starts: number[] = [];
    let start = part.firstCluster;
    for (const run of runs) {
      starts.push(start);
      start += run.clusters;
    }
    this.#decoded = { runs, starts };
    this.#decodedIndex = index;
    return this.#decoded;
  }

  #fail(problem: string) {
    return invalidStructure(this.#volume.path, 'NTFS list of runs', 0, problem);
  }
}

/** The last of `count` places in order that pass; -1 for none. */
function findLast(count: number, passes: (at: number) => boolean): number {
  let low = -1;
  let high = count;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}
