import type { MissingPart } from '../../model/inventory.ts';
import type { Machine } from '../../model/machine.ts';
import type { Listing } from '../list-machines.ts';
import { isAtOneOf, type Place, placeName } from '../place.ts';
import { filterMachines, type MachineFilter } from '../select-machines.ts';
import { diffMachines, type InventoryChange } from './diff-machines.ts';

/** How often the machines are looked at while somebody watches, unless the configuration says otherwise. */
export const defaultWatchMilliseconds = 5000;

export interface WatchedPart extends MachineFilter {
  readonly places: readonly Place[];
}

/** What is told; while a listener is busy with it, what happens meanwhile is kept for the next time. */
export type WatchListener = (change: InventoryChange & { readonly missing: readonly MissingPart[] }) => unknown;

export interface Watching {
  readonly machines: readonly Machine[];
  readonly missing: readonly MissingPart[];
  readonly stop: () => void;
}

interface Watcher {
  readonly part: WatchedPart;
  readonly isThere: (machine: Machine) => boolean;
  readonly listener: WatchListener;
  known: ReadonlyMap<string, Machine>;
  busy: boolean;
}

/** Looks at the machines again and again while somebody watches, once for all who do, and tells each what changed. */
export class InventoryWatch {
  readonly #list: (places: readonly Place[], signal: AbortSignal) => Promise<Listing>;
  readonly #milliseconds: number;
  readonly #watchers = new Set<Watcher>();
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(
    list: (places: readonly Place[], signal: AbortSignal) => Promise<Listing>,
    milliseconds = defaultWatchMilliseconds,
  ) {
    this.#list = list;
    this.#milliseconds = milliseconds;
  }

  /** The machines as they are, and from then on what becomes of them, until `stop`. Rejects when the list does. */
  async watch(part: WatchedPart, signal: AbortSignal, listener: WatchListener): Promise<Watching> {
    const isThere = isAtOneOf(part.places);
    const listing = await this.#list(part.places, AbortSignal.any([signal, this.#closing.signal]));
    const machines = filterMachines(listing.machines.filter(isThere), part);
    const known = new Map(machines.map(machine => [machine.id, machine]));
    const watcher: Watcher = { part, isThere, listener, known, busy: false };
    if (!signal.aborted && !this.#closing.signal.aborted) this.#watchers.add(watcher);
    this.#plan();
    const stop = () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    };
    return { machines, missing: listing.missing, stop };
  }

  /** Nothing is told any more. */
  close(): void {
    this.#closing.abort();
    this.#watchers.clear();
    this.#rest();
  }

  #plan(): void {
    if (this.#timer !== undefined || this.#looking || this.#watchers.size === 0) return;
    this.#timer = setTimeout(() => void this.#look(), this.#milliseconds);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#looking = true;
    try {
      const listing = await this.#list(this.#places(), this.#closing.signal);
      for (const watcher of this.#watchers) this.#compare(watcher, listing);
    } catch {
      // Whatever it was, the next look may see again.
    } finally {
      this.#looking = false;
      this.#plan();
    }
  }

  /** Those that anybody watches. */
  #places(): Place[] {
    const all = [...this.#watchers].flatMap(({ part }) => part.places);
    return [...new Map(all.map(place => [placeName(place), place])).values()];
  }

  #compare(watcher: Watcher, { machines, missing }: Listing): void {
    if (watcher.busy) return;
    const seen = filterMachines(machines.filter(watcher.isThere), watcher.part);
    const { change, machines: known } = diffMachines(watcher.known, seen, missing);
    watcher.known = known;
    if (change.added.length + change.changed.length + change.removed.length === 0) return;
    watcher.busy = true;
    void tell(watcher.listener, { ...change, missing }).finally(() => {
      watcher.busy = false;
    });
  }
}

/** A listener whose client is gone harms nobody else. */
async function tell(listener: WatchListener, change: Parameters<WatchListener>[0]): Promise<void> {
  try {
    await listener(change);
  } catch {}
}
