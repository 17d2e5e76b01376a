const start = '{"data":[';
const end = /\]\}\s*$/;
const seam = '},{';
/** Characters of rows that are parsed at once: little enough to be let go before the garbage collector moves them. */
const pieceLength = 64 * 1024;

export interface ReadRows {
  readonly taken: number;
  /** False when there may be more than those taken, and the answer has to be parsed as a whole. */
  readonly whole: boolean;
}

/**
 * Parses an answer that is a long list piece by piece, so that only some of its rows are held at a time. Where a seam stands
 * within a text or within a row, its piece is no JSON, and reading ends before that piece.
 */
export function readRows(text: string, take: (row: unknown) => void): ReadRows {
  const last = text.startsWith(start) ? end.exec(text.slice(-16)) : null;
  if (last === null) return { taken: 0, whole: false };
  const stop = text.length - last[0].length;
  let taken = 0;
  for (let from = start.length; from < stop; ) {
    const found = text.indexOf(seam, from + pieceLength);
    const to = found === -1 || found > stop ? stop : found + 1;
    const rows = parseList(text.slice(from, to));
    if (rows === undefined) return { taken, whole: false };
    for (const row of rows) take(row);
    taken += rows.length;
    from = to + 1;
  }
  return { taken, whole: true };
}

function parseList(rows: string): unknown[] | undefined {
  try {
    return JSON.parse(`[${rows}]`) as unknown[];
  } catch {
    return undefined;
  }
}
