import { constants, createInflate, type Inflate } from 'node:zlib';
import { Fault } from '../../errors/fault.ts';
import { protocolFault } from '../protocol-fault.ts';

/** A zlib stream that goes on from one rectangle to the next. */
export class Inflater {
  #inflate: Inflate | undefined;
  #pieces: Buffer[] = [];
  #left = 0;
  #settle: (failure?: Error) => void = () => {};

  /** What the next piece of the stream gives. Throws for one that gives more than the limit, before it has it all. */
  async inflate(compressed: Uint8Array, limit: number): Promise<Buffer> {
    const inflate = this.#inflate ?? this.#start();
    this.#inflate = inflate;
    this.#pieces = [];
    this.#left = limit;
    await new Promise<void>((resolve, reject) => {
      this.#settle = failure => (failure === undefined ? resolve() : reject(failure));
      inflate.write(compressed, error => {
        // Whatever has been inflated by now and not been handed out yet.
        if (!error) while (inflate.read() !== null);
        // Otherwise the stream tells why itself.
        if (!error && this.#left >= 0) this.#settle();
      });
    });
    return Buffer.concat(this.#pieces);
  }

  /** Begins a new stream. */
  reset(): void {
    this.#inflate?.destroy();
    this.#inflate = undefined;
  }

  #start(): Inflate {
    const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH });
    const fail = (error: Error) => {
      if (this.#inflate !== inflate) return;
      this.#inflate = undefined;
      this.#settle(error instanceof Fault ? error : damagedFault(error));
    };
    inflate.on('data', (piece: Buffer) => {
      this.#left -= piece.length;
      if (this.#left >= 0) this.#pieces.push(piece);
      else inflate.destroy(protocolFault('more compressed data than its pixels need'));
    });
    inflate.on('error', fail);
    // Nothing comes after the end of a stream, and nothing may be waited for then.
    inflate.on('close', () => fail(new Error('the stream has ended')));
    return inflate;
  }
}

function damagedFault(error: Error): Fault {
  return protocolFault('compressed data that is damaged', { error: error.message });
}
