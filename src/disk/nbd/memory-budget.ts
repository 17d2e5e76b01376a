interface Waiter {
  readonly bytes: number;
  readonly granted: () => void;
}

/** So much each connection may always hold: however much others hold, it goes on. */
const guaranteedBytes = 512 * 1024;

/** How many bytes all connections together may hold. Whoever finds none left waits, and connections are served in turn. */
export class MemoryBudget {
  readonly #limit: number;
  readonly #waiting: MemoryShare[] = [];
  #used = 0;
  #granting = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** The part of one connection, itself limited. */
  share(limit: number): MemoryShare {
    return new MemoryShare(this, limit);
  }

  /** Whether `bytes` more may be held. However much is asked for is granted when nothing else is held. */
  hasRoom(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }

  add(bytes: number): void {
    this.#used += bytes;
  }

  enqueue(share: MemoryShare): void {
    this.#waiting.push(share);
  }

  release(bytes: number): void {
    this.#used -= bytes;
    // What is granted may itself release something.
    if (this.#granting) return;
    this.#granting = true;
    let refused = 0;
    while (refused < this.#waiting.length) {
      const share = this.#waiting.shift();
      if (!share) break;
      refused = share.grant() ? 0 : refused + 1;
      if (share.isWaiting) this.#waiting.push(share);
    }
    this.#granting = false;
  }
}

export class MemoryShare {
  readonly #budget: MemoryBudget;
  readonly #limit: number;
  readonly #waiters: Waiter[] = [];
  #used = 0;

  constructor(budget: MemoryBudget, limit: number) {
    this.#budget = budget;
    this.#limit = limit;
  }

  get isWaiting(): boolean {
    return this.#waiters.length > 0;
  }

  /** False when there is no room: then `granted` is called once there is, with the bytes taken. */
  takeOrWait(bytes: number, granted: () => void): boolean {
    if (!this.isWaiting && this.#hasRoom(bytes)) {
      this.#take(bytes);
      return true;
    }
    if (!this.isWaiting) this.#budget.enqueue(this);
    this.#waiters.push({ bytes, granted });
    return false;
  }

  /** Serves the first in the queue; false when there is no room for it. */
  grant(): boolean {
    const [first] = this.#waiters;
    if (!first || !this.#hasRoom(first.bytes)) return false;
    this.#waiters.shift();
    this.#take(first.bytes);
    first.granted();
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
    this.#budget.release(bytes);
  }

  #hasRoom(bytes: number): boolean {
    if (this.#used === 0 && bytes <= guaranteedBytes) return true;
    return (this.#used === 0 || this.#used + bytes <= this.#limit) && this.#budget.hasRoom(bytes);
  }

  #take(bytes: number): void {
    this.#used += bytes;
    this.#budget.add(bytes);
  }
}
