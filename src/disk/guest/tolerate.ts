import { Fault } from '../../errors/fault.ts';
import type { Obstacle } from '../../model/image.ts';

/** Collects what could not be read, so that an inspection can tell the rest. */
export class Notes {
  readonly obstacles: Obstacle[] = [];
  readonly #told = new Set<string>();

  /**
   * The result of `read`, or `fallback` when the content is damaged, cut short, encrypted or lies in a missing parent: then a note
   * says so. Anything else, above all the end of a cancelled call, is thrown.
   */
  async tolerate<Value>(what: string, fallback: Value, read: () => Promise<Value>): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Fault) || !tolerable.has(error.code)) throw error;
      // One damaged place may be in the way of several readers.
      if (this.#told.has(error.message)) return fallback;
      this.#told.add(error.message);
      this.obstacles.push({
        code: 'unreadable',
        blocking: false,
        message: `${what} could not be read: ${error.message}`,
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      });
      return fallback;
    }
  }
}

const tolerable: ReadonlySet<string> = new Set(['invalid', 'unsupported', 'not_found']);
