/** The ids of requests that have not been answered yet. */
export class PendingRequests {
  readonly #ids = new Set<string>();
  #whenIdle: (() => void)[] = [];

  /** False when a request with this id is still open: its answer could not be told from the new one's. */
  open(id: string | number): boolean {
    // 1 and "1" count as one: vscode-jsonrpc queues both under the same key.
    const key = String(id);
    if (this.#ids.has(key)) return false;
    this.#ids.add(key);
    return true;
  }

  close(id: string | number): void {
    this.#ids.delete(String(id));
    if (this.#ids.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Resolves when every request has been answered, or after the time. */
  async idle(milliseconds: number): Promise<void> {
    if (this.#ids.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    const timer = setTimeout(resolve, milliseconds);
    await promise;
    clearTimeout(timer);
  }
}
