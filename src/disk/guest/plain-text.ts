import { escapeControls } from '../../errors/escape.ts';

const longest = 512;

/** Text from a disk made safe to show: on one line, without control characters, of bounded length. */
export function plainText(text: string): string {
  const line = escapeControls(text.replaceAll(/[\t\r\n]+/g, ' '));
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
