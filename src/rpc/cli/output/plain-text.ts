import { escapeControls } from '../../../errors/escape.ts';

/** Foreign text that has to stay on one line of a terminal. */
export function plainText(text: string): string {
  return escapeControls(text).replaceAll('\n', '\\x0a').replaceAll('\t', '\\x09');
}
