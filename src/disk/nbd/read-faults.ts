import { Fault } from '../../errors/fault.ts';

/** Why a part of the disk could not be read. */
export type ReadFault = Pick<Fault, 'code' | 'message' | 'remedy' | 'data'>;

const mostKept = 10;

/** The first few different faults of an export. */
export class ReadFaults {
  readonly #list: Fault[] = [];
  readonly #added: (fault: Fault) => void;

  constructor(added: (fault: Fault) => void = () => {}) {
    this.#added = added;
  }

  get list(): readonly ReadFault[] {
    return this.#list;
  }

  /** Gives the sentence for the client. */
  record(error: unknown, path: string): string {
    const fault = asFault(error, path);
    if (this.#list.length < mostKept && !this.#list.some(({ message }) => message === fault.message)) {
      this.#list.push(fault);
      this.#added(fault);
    }
    return fault.message;
  }
}

function asFault(error: unknown, path: string): Fault {
  return error instanceof Fault
    ? error
    : new Fault('failed', `Reading "${path}" failed.`, {
        remedy: 'Read the image again; when that fails as well, check it with qemu-img check.',
        data: { path, reason: error instanceof Error ? error.message : String(error) },
        cause: error,
      });
}
