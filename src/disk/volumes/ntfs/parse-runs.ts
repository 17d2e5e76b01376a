export interface Run {
  /** First cluster on the volume; undefined for a hole. */
  readonly start: number | undefined;
  readonly clusters: number;
}

/**
 * A list of runs: each begins with a byte that has the lengths of its two numbers; places count from the run before. Ends before a
 * run that is damaged.
 */
export function parseRuns(bytes: Buffer): Run[] {
  const runs: Run[] = [];
  let previous = 0;
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.readUInt8(at);
    const lengthBytes = head & 15;
    const startBytes = head >> 4;
    if (head === 0 || lengthBytes === 0 || lengthBytes > 6 || startBytes > 6) break;
    if (at + 1 + lengthBytes + startBytes > bytes.length) break;
    const clusters = bytes.readUIntLE(at + 1, lengthBytes);
    if (clusters === 0) break;
    if (startBytes > 0) previous += bytes.readIntLE(at + 1 + lengthBytes, startBytes);
    runs.push({ start: startBytes === 0 ? undefined : previous, clusters });
    at += 1 + lengthBytes + startBytes;
  }
  return runs;
}
