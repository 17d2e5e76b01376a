/** What the account may do, as /access/permissions tells it: for each path its privileges; 1 also for what is below, 0 for it alone. */
export class Permissions {
  readonly #paths: ReadonlyMap<string, ReadonlyMap<string, boolean>>;

  constructor(reply: Readonly<Record<string, Readonly<Record<string, boolean>>>>) {
    this.#paths = new Map(
      // Asked for one path, the server answers with a slash at its end.
      Object.entries(reply).map(([path, privileges]) => [trimPath(path), new Map(Object.entries(privileges))]),
    );
  }

  /** Whether it holds the privilege on the path. What the nearest path above says counts, if it passes on to those below. */
  has(path: string, privilege: string): boolean {
    const own = this.#paths.get(trimPath(path));
    if (own !== undefined) return own.has(privilege);
    for (let parent = parentOf(trimPath(path)); parent !== undefined; parent = parentOf(parent)) {
      const held = this.#paths.get(parent);
      if (held !== undefined) return held.get(privilege) === true;
    }
    return false;
  }

  /** Whether it holds the privilege anywhere. */
  hasAnywhere(privilege: string): boolean {
    return this.#paths.values().some(held => held.has(privilege));
  }
}

function trimPath(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function parentOf(path: string): string | undefined {
  if (path === '/' || path === '') return undefined;
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}
