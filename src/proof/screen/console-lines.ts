// These begin a line, even below a row that happens to be full.
const fresh = /^(?:\[ *\d+\.\d+\]|<\d+>|(?:\S+ )?login:|grub|\(initramfs\)|Shell>|Kernel panic)/;

const frameEnd = /[\u2500-\u257f]\s*$/;

/**
 * What a console says, line by line: indentation of a centred console removed, rows that the console had wrapped joined
 * again, trailing blanks and rows without anything readable left out.
 */
export function listConsoleLines(rows: readonly string[], columns: number): string[] {
  const filled = rows.filter(row => !isBlank(row));
  const indent = Math.min(...filled.map(row => row.length - row.trimStart().length), columns);
  const width = columns - 2 * indent;
  const lines: string[] = [];
  let open = false;
  for (const row of rows) {
    if (isBlank(row)) {
      open = false;
      continue;
    }
    const text = row.slice(indent);
    const last = lines.length - 1;
    if (open && last >= 0 && !fresh.test(text)) lines[last] = `${lines[last] ?? ''}${text}`;
    else lines.push(text);
    // A row that was wrapped at a blank is one short. A wrapped line is never a whole screen long, and a frame is none.
    open = text.length >= width - 1 && (lines.at(-1)?.length ?? 0) < 2000 && !frameEnd.test(text);
  }
  return lines.map(line => line.trim());
}

function isBlank(row: string): boolean {
  return !/[^\s\ufffd]/.test(row);
}
