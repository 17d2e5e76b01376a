/** What has arrived, taken in the pieces that the protocol has, however it was cut on the way. */
export class ByteQueue {
  #bytes = Buffer.alloc(0);
  #waiting: { count: number; resolve: (bytes: Buffer) => void; reject: (error: Error) => void } | undefined;
  #ended = false;

  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#serve();
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.reject(new Error('The client has gone.'));
    this.#waiting = undefined;
  }

  take(count: number): Promise<Buffer> {
    if (this.#ended) return Promise.reject(new Error('The client has gone.'));
    return new Promise((resolve, reject) => {
      this.#waiting = { count, resolve, reject };
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#waiting === undefined || this.#bytes.length < this.#waiting.count) return;
    const { count, resolve } = this.#waiting;
    this.#waiting = undefined;
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    resolve(taken);
  }
}
