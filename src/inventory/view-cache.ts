import type { Listing } from './list-machines.ts';

/** How long pages are cut from the answer to the first one, counted from the last page, in milliseconds. */
const patienceMilliseconds = 30_000;
/** Lists that are read page by page at the same time. */
const mostViews = 4;

interface View {
  readonly listing: Listing;
  readonly timer: NodeJS.Timeout;
}

/**
 * The last lists, filtered and sorted, for the pages that follow the first: they fit together whatever happens between them,
 * and each costs no new round of all providers.
 */
export class ViewCache {
  readonly #views = new Map<string, View>();

  /** The list that a page at `offset` is cut from; `list` is asked for a first page, and where the last one is forgotten. */
  async find(key: string, offset: number, list: () => Promise<Listing>): Promise<Listing> {
    const listing = (offset > 0 ? this.#views.get(key)?.listing : undefined) ?? (await list());
    this.#keep(key, listing);
    return listing;
  }

  #keep(key: string, listing: Listing): void {
    this.#forget(key);
    const timer = setTimeout(() => this.#forget(key), patienceMilliseconds).unref();
    this.#views.set(key, { listing, timer });
    const [oldest] = this.#views.keys();
    if (this.#views.size > mostViews && oldest !== undefined) this.#forget(oldest);
  }

  #forget(key: string): void {
    clearTimeout(this.#views.get(key)?.timer);
    this.#views.delete(key);
  }
}
