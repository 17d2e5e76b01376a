import type { Socket } from 'node:net';

/** What one write hands to the system: so much has to be taken by the client before it counts as progress. */
const mostAtOnce = 1024 * 1024;
const mostReplies = 512;
/** What is worth a write of its own, without waiting for more: it is still in the processor's cache. */
const enough = 128 * 1024;

/** A buffer to be given back once its reply is sent, where there is one. */
export type Pooled = Buffer | undefined;

/** The replies on their way out of one connection: small ones that became ready in one turn of the loop go out in one write. */
export class ReplyQueue {
  /** Counts the writes that were taken, for whoever watches that something goes on. */
  progress = 0;
  readonly #socket: Socket;
  readonly #sent: (buffers: readonly Pooled[]) => void;
  #queue: Buffer[] = [];
  #owners: Pooled[] = [];
  #queuedBytes = 0;
  /** The owners of what the system has not taken yet. */
  #flushing: readonly Pooled[] | undefined;
  /** Writes that were taken at once, and whose callback is still to come. */
  #takenAtOnce = 0;
  #scheduled = false;
  #closed = false;

  /** `sent` gets back the pooled buffers once nobody reads them any more. */
  constructor(socket: Socket, sent: (buffers: readonly Pooled[]) => void) {
    this.#socket = socket;
    this.#sent = sent;
  }

  /** Replies that the system did not take yet. */
  get waiting(): number {
    return this.#queue.length + (this.#flushing?.length ?? 0);
  }

  /** `pooled` is the buffer of which `bytes` is a part. */
  push(bytes: Buffer, pooled?: Buffer): void {
    if (this.#closed) {
      this.#sent([pooled]);
      return;
    }
    this.#queue.push(bytes);
    this.#owners.push(pooled);
    this.#queuedBytes += bytes.length;
    if (this.#flushing) return;
    if (this.#queuedBytes >= enough) this.#flush();
    else this.#schedule();
  }

  /** No more is sent; what waits is given back. */
  close(): void {
    this.#closed = true;
    const owners = this.#owners;
    this.#queue = [];
    this.#owners = [];
    this.#sent(owners);
  }

  // Not for the next tick: that comes after each single read, and not after all that were done in this turn.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushScheduled);
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false;
    this.#flush();
  };

  #flush(): void {
    while (!this.#closed && !this.#flushing && this.#queue.length > 0) {
      let count = 0;
      let bytes = 0;
      while (count < this.#queue.length && count < mostReplies && bytes < mostAtOnce) {
        bytes += this.#queue[count]?.length ?? 0;
        count++;
      }
      const whole = count === this.#queue.length;
      const replies = whole ? this.#queue : this.#queue.splice(0, count);
      this.#flushing = whole ? this.#owners : this.#owners.splice(0, count);
      if (whole) {
        this.#queue = [];
        this.#owners = [];
      }
      this.#queuedBytes -= bytes;
      this.#write(replies);
    }
  }

  #write(replies: readonly Buffer[]): void {
    const socket = this.#socket;
    const last = replies.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index++) socket.write(replies[index] ?? '');
    socket.write(replies[last] ?? '', this.#written);
    if (last > 0) socket.uncork();
    if (socket.writableLength > 0 || socket.destroyed) return;
    // All of it is with the system: its memory can be used again for what is read next.
    this.#takenAtOnce++;
    this.#taken();
  }

  // Called also when the connection broke: the buffers are free all the same.
  readonly #written = (): void => {
    if (this.#takenAtOnce > 0) {
      this.#takenAtOnce--;
      return;
    }
    this.#taken();
    this.#flush();
  };

  #taken(): void {
    const owners = this.#flushing ?? [];
    this.#flushing = undefined;
    this.progress++;
    this.#sent(owners);
  }
}
