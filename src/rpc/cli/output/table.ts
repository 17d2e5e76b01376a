import { styleText } from 'node:util';
import { plainText } from './plain-text.ts';
import { textWidth } from './text-width.ts';
import { wrapText } from './wrap-text.ts';

export type Cell = string | number | boolean | undefined;

const gap = 2;
const narrowest = 8;
const noBorders = Object.fromEntries(
  [
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right',
    'left left-mid mid mid-mid right right-mid middle',
  ]
    .join(' ')
    .split(' ')
    .map(name => [name, '']),
);

/**
 * A table without borders. On a terminal long cells are wrapped to its width; elsewhere each row is one line, so that
 * other programs can read it. `indent` columns are left free for the caller.
 */
export async function renderTable(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  indent = 0,
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const head = titles.map(plainText);
  const texts = rows.map(row => row.map(cell => (cell === undefined ? '' : plainText(String(cell)))));
  const { isTTY, columns } = process.stdout;
  const widths = chooseWidths(head, texts, isTTY ? (columns || 80) - indent : Number.POSITIVE_INFINITY);
  const table = new Table({
    chars: noBorders,
    colWidths: widths.map(width => width + gap),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
  });
  table.push([...head]);
  for (const row of texts) table.push(row.map((text, column) => wrapText(text, widths[column] ?? 1).join('\n')));
  const [first = '', ...others] = table
    .toString()
    .split('\n')
    .map(line => line.trimEnd());
  return [styleText('bold', first, { stream: process.stdout }), ...others].join('\n');
}

/** Every column as wide as its widest cell; while that is too much, the widest column that can gives way. */
function chooseWidths(head: readonly string[], rows: readonly (readonly string[])[], available: number): number[] {
  const least = head.map(title => Math.max(narrowest, textWidth(title)));
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map(row => row[column] ?? '')].map(textWidth)),
  );
  const total = () => widths.reduce((sum, width) => sum + width + gap, -gap);
  while (total() > available) {
    const spare = widths.map((width, column) => (width > (least[column] ?? 0) ? width : 0));
    const widest = Math.max(...spare);
    if (widest === 0) break;
    widths[spare.indexOf(widest)] = widest - 1;
  }
  return widths;
}
