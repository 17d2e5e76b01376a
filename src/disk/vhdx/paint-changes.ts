/** Changes to stretches of a file, in the order in which they were made. All numbers are bytes. */
export interface Changes {
  readonly count: number;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** Disjoint stretches in ascending order, each with the number of the change that was the last one there. */
export interface Painted {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly changes: Int32Array;
}

/** Lets later changes cover earlier ones. Each bare stretch between two borders is painted once, so the work stays linear. */
export function paintChanges({ count, starts, ends }: Changes): Painted {
  const borders = listBorders(starts.subarray(0, count), ends.subarray(0, count));
  const slots = Math.max(0, borders.length - 1);
  const owner = new Int32Array(slots).fill(-1);
  // Of each slot the next one from there on that is still bare, shortened as it is followed.
  const bare = Int32Array.from({ length: slots + 1 }, (_, slot) => slot);
  const nextBare = (from: number): number => {
    let slot = from;
    while (bare[slot] !== slot) {
      const next = bare[slot] ?? slot;
      bare[slot] = bare[next] ?? next;
      slot = next;
    }
    return slot;
  };
  for (let change = count - 1; change >= 0; change--) {
    const end = findBorder(borders, ends[change] ?? 0);
    for (let slot = nextBare(findBorder(borders, starts[change] ?? 0)); slot < end; slot = nextBare(slot)) {
      owner[slot] = change;
      bare[slot] = slot + 1;
    }
  }
  const painted = Int32Array.from(owner, (_, slot) => slot).filter(slot => owner[slot] !== -1);
  return {
    starts: Float64Array.from(painted, slot => borders[slot] ?? 0),
    ends: Float64Array.from(painted, slot => borders[slot + 1] ?? 0),
    changes: Int32Array.from(painted, slot => owner[slot] ?? 0),
  };
}

/** All places at which a stretch begins or ends, in ascending order, each once. */
function listBorders(starts: Float64Array, ends: Float64Array): Float64Array {
  const all = new Float64Array(starts.length + ends.length);
  all.set(starts);
  all.set(ends, starts.length);
  all.sort();
  let count = 0;
  for (const place of all) if (count === 0 || all[count - 1] !== place) all[count++] = place;
  return all.subarray(0, count);
}

/** The first place at which `borders` is not below `value`. */
export function findBorder(borders: Float64Array, value: number): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((borders[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
