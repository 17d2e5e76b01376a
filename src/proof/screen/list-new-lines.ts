import type { TextBox } from './text-box.ts';

const sure = 0.5;

/** What later passes have read and the lines of the first have not. */
export function listNewLines(boxes: readonly TextBox[], lines: readonly string[]): string[] {
  const known = squeeze(lines.join(' '));
  return boxes
    .filter(({ text, confidence }) => confidence >= sure && !known.includes(squeeze(text)))
    .map(({ text }) => text);
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase();
}
