import type { ByteReader } from './byte-reader.ts';
import { LeastRecentCache } from './least-recent-cache.ts';

/** Bytes of one page. */
export const tablePageSize = 64 * 1024;
/** 32 MiB together, however many files a chain has. */
const mostPages = 512;

/**
 * Pages of the tables of all files of a chain, within a fixed amount of memory. A page that is there is given at once, so that
 * looking a block up costs no promise.
 */
export class TablePages {
  readonly #pages = new LeastRecentCache<Buffer>(mostPages);
  readonly #loading = new Map<number, Promise<Buffer>>();
  #readers = 0;

  /** The pages of one reader; its tables need not begin at a page's boundary. */
  of(reader: ByteReader): ReaderPages {
    const first = this.#readers++ * 2 ** 37;
    // The page that was asked for last is mostly the next one as well.
    let lastNumber = -1;
    let lastPage: Buffer | undefined;
    const remember = (number: number, page: Buffer) => {
      lastNumber = number;
      lastPage = page;
      return page;
    };
    return {
      reader,
      get: number => {
        if (number === lastNumber && lastPage) return lastPage;
        const known = this.#pages.get(first + number);
        if (known) return remember(number, known);
        return this.#load(reader, first + number, number).then(page => remember(number, page));
      },
    };
  }

  // Without a signal: others may wait for the same page.
  #load(reader: ByteReader, key: number, number: number): Promise<Buffer> {
    const loading = this.#loading.get(key);
    if (loading) return loading;
    const start = number * tablePageSize;
    const page = reader
      .read(start, Math.min(tablePageSize, reader.size - start))
      .then(bytes => {
        this.#pages.set(key, bytes);
        return bytes;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, page);
    return page;
  }
}

export interface ReaderPages {
  readonly reader: ByteReader;
  /** Page `number` of the reader, which must begin inside of it; the last one may be short. */
  get(number: number): Buffer | Promise<Buffer>;
}
