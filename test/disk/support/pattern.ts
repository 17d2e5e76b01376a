import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** Writes a sparse raw disk whose used parts differ everywhere: `parts` are [offset, length] pairs in bytes. */
export function writePattern(
  path: string,
  size: number,
  parts: readonly (readonly [number, number])[],
  seed = 1,
): void {
  const file = openSync(path, 'w');
  try {
    ftruncateSync(file, size);
    let state = seed;
    for (const [offset, length] of parts) {
      const bytes = Buffer.alloc(length);
      for (let at = 0; at + 4 <= length; at += 4) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        // Half of each 4 KiB compresses well, as real data does.
        bytes.writeUInt32LE((at & 2048) === 0 ? state : offset >>> 0, at);
      }
      writeSync(file, bytes, 0, length, offset);
    }
  } finally {
    closeSync(file);
  }
}
