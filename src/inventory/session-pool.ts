/** Sessions by key, each opened at its first use and opened anew when what it was opened with has changed. */
export class SessionPool {
  readonly #open = new Map<string, { readonly settings: string; readonly session: Promise<unknown> }>();

  /** The session of that key; `end` is given one that was opened with other settings. */
  find(
    key: string,
    settings: unknown,
    open: () => Promise<unknown>,
    end: (session: unknown) => unknown,
  ): Promise<unknown> {
    const wanted = JSON.stringify(settings) ?? '';
    const known = this.#open.get(key);
    if (known?.settings === wanted) return known.session;
    if (known !== undefined) void known.session.then(end).catch(() => {});
    const session = open();
    const entry = { settings: wanted, session };
    this.#open.set(key, entry);
    session.catch(() => {
      if (this.#open.get(key) === entry) this.#open.delete(key);
    });
    return session;
  }

  /** Gives up all that are open, for the caller to end. */
  takeAll(): [key: string, session: Promise<unknown>][] {
    const all = [...this.#open].map(([key, { session }]): [string, Promise<unknown>] => [key, session]);
    this.#open.clear();
    return all;
  }
}
