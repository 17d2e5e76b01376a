import type { Obstacle } from '../../../model/image.ts';
import type { ImageLayout } from '../format.ts';
import type { Extent } from './extent.ts';

/** Extents one after the other as one disk. */
export function joinExtents(extents: readonly Extent[]): {
  size: number;
  obstacles: readonly Obstacle[];
  files: readonly { close(): Promise<void> }[];
  locate: ImageLayout['locate'];
} {
  const starts: number[] = [];
  let size = 0;
  for (const extent of extents) {
    starts.push(size);
    size += extent.size;
  }
  return {
    size,
    obstacles: extents.flatMap(extent => extent.obstacles ?? []),
    files: extents.flatMap(extent => (extent.file ? [extent.file] : [])),
    async locate(offset, length, signal) {
      const index = findExtent(starts, offset);
      const extent = extents[index];
      const start = starts[index] ?? 0;
      if (!extent) return { kind: 'zero', length };
      const within = offset - start;
      return await extent.locate(within, Math.min(length, extent.size - within), signal);
    },
  };
}

/** The last extent that starts at or before `offset`; an empty one is never that, as the next starts at the same place. */
function findExtent(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
