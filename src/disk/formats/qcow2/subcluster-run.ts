/** What the 32 subclusters of an extended level-2 entry say about the bytes from `within` on, as far as the answer stays the same. */
export function subclusterRun(
  entry: Buffer,
  within: number,
  count: number,
  clusterSize: number,
): { state: 'zero' | 'parent' | 'data'; length: number } {
  const zeros = entry.readUInt32BE(8);
  const allocated = entry.readUInt32BE(12);
  const size = clusterSize / 32;
  const stateOf = (index: number) => ((zeros >>> index) & 1 ? 'zero' : (allocated >>> index) & 1 ? 'data' : 'parent');
  const first = Math.floor(within / size);
  const state = stateOf(first);
  let next = first + 1;
  while (next < 32 && next * size < within + count && stateOf(next) === state) next++;
  return { state, length: Math.min(count, next * size - within) };
}
