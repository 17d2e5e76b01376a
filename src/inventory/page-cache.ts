import type { FanOut } from './list-machines.ts';

/** How long pages are cut from the answer to the first one, counted from the last page, in milliseconds. */
const patienceMilliseconds = 30_000;

/**
 * The last whole listing, for the pages that follow the first: they fit together whatever happens between them, and each
 * costs no new round of all providers.
 */
export class PageCache {
  #key = '';
  #listing: FanOut | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** The listing that a page at `offset` is cut from; `list` is asked for a first page, and where the last one is forgotten. */
  async find(key: string, offset: number, list: () => Promise<FanOut>): Promise<FanOut> {
    const known = offset > 0 && key === this.#key ? this.#listing : undefined;
    const listing = known ?? (await list());
    this.#keep(key, listing);
    return listing;
  }

  #keep(key: string, listing: FanOut): void {
    clearTimeout(this.#timer);
    this.#key = key;
    this.#listing = listing;
    this.#timer = setTimeout(() => {
      this.#listing = undefined;
    }, patienceMilliseconds).unref();
  }
}
