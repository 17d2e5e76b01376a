import type { ProofPhase, TimelineEntry } from '../../model/proof.ts';
import { phaseMarks } from '../rules/phases.ts';

/** How a boot went on: one entry for each phase, and again after a restart. */
export class Timeline {
  readonly entries: TimelineEntry[] = [];
  #phase: ProofPhase = 'firmware';

  constructor() {
    this.entries.push({ at: 0, phase: 'firmware', message: 'The machine starts.' });
  }

  get phase(): ProofPhase {
    return this.#phase;
  }

  /** Looks for signs of a later phase; gives the entry when one has begun. */
  advance(lines: readonly string[], at: number): TimelineEntry | undefined {
    for (const mark of phaseMarks) {
      if (mark.phase === this.#phase) return undefined;
      if (!lines.some(line => mark.pattern.test(line))) continue;
      return this.#add({ at, phase: mark.phase, message: mark.message });
    }
    return undefined;
  }

  restart(at: number, message: string): TimelineEntry {
    return this.#add({ at, phase: 'firmware', message });
  }

  end(at: number, message: string): TimelineEntry {
    return this.#add({ at, phase: 'verdict', message });
  }

  #add(entry: TimelineEntry): TimelineEntry {
    this.#phase = entry.phase;
    this.entries.push(entry);
    return entry;
  }
}
