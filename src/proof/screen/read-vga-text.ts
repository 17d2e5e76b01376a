import { codePage437 } from './code-page-437.ts';

const columns = 80;

/** The lines of a text screen from its memory: pairs of character and attribute, 80 to a line. */
export function readVgaText(memory: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start + columns * 2 <= memory.length; start += columns * 2) {
    let line = '';
    for (let at = start; at < start + columns * 2; at += 2) line += codePage437[memory[at] ?? 0] ?? ' ';
    lines.push(line.trimEnd());
  }
  return lines;
}
