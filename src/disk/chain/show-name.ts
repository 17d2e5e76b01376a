import { escapeControls } from '../../errors/escape.ts';

const longest = 300;

/** A name that an image records or that was looked for, made safe to show: on one line and of bounded length. */
export function showName(name: string): string {
  const short = name.length > longest ? `${name.slice(0, longest / 2)}…${name.slice(-longest / 2)}` : name;
  return escapeControls(short).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}
