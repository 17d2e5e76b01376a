/** Bytes that differ at every place and for every seed, so that any mix-up shows. */
export function patternAt(seed: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(Math.floor(offset / 512) + 1, 0x85ebca6b)) >>> 0;
  for (let at = 0; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE((state | 1) >>> 0, at);
  }
  return bytes;
}

interface Change {
  readonly offset: number;
  readonly length: number;
  /** Undefined: zeros. */
  readonly content?: Buffer;
  /** The parent's content shows again. */
  readonly fromParent?: boolean;
}

/** What a virtual disk holds, by the history of its changes: as slow and as simple as can be. */
export class DiskModel {
  readonly size: number;
  readonly #parent: DiskModel | undefined;
  readonly #changes: Change[] = [];

  constructor(size: number, parent?: DiskModel) {
    this.size = size;
    this.#parent = parent;
  }

  write(offset: number, content: Buffer): void {
    this.#changes.push({ offset, length: content.length, content });
  }

  /** Zeros, or what the parent has. */
  clear(offset: number, length: number, fromParent: boolean): void {
    this.#changes.push({ offset, length: Math.min(length, this.size - offset), fromParent });
  }

  read(offset: number, length: number): Buffer {
    const bytes = this.#readParent(offset, length);
    for (const change of this.#changes) {
      const from = Math.max(offset, change.offset);
      const to = Math.min(offset + length, change.offset + change.length);
      if (from >= to) continue;
      const target = bytes.subarray(from - offset, to - offset);
      if (change.content) change.content.copy(target, 0, from - change.offset);
      else if (change.fromParent) this.#readParent(from, to - from).copy(target);
      else target.fill(0);
    }
    return bytes;
  }

  #readParent(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const inside = this.#parent ? Math.min(length, this.#parent.size - offset) : 0;
    if (inside > 0) this.#parent?.read(offset, inside).copy(bytes);
    return bytes;
  }

  /** Where anything was ever done, through all layers: all else is zeros. */
  touched(): { offset: number; length: number }[] {
    return [...this.#changes.filter(change => change.content), ...(this.#parent?.touched() ?? [])];
  }
}
