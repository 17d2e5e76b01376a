import type { Tool } from '../../define-tool.ts';
import { toAscii } from './ascii.ts';

export type ShellWords = (text: string) => string;

/**
 * Makes texts of declarations fit for help, in ASCII: what they call by the id of a tool is called by its cmdlet, and what by
 * the name of a field by its parameter, where that name is no word of English.
 */
export function shellWords(tools: readonly Tool[]): ShellWords {
  const cmdlets = new Map(tools.map(tool => [tool.id, tool.cmdlet]));
  const fields = new Set(tools.flatMap(({ input }) => Object.keys(input.shape)));
  return text =>
    toAscii(text)
      .replace(/\b[a-z]+(\.[a-zA-Z]+)+\b/g, word => cmdlets.get(word) ?? word)
      .replace(/(?<![-\w.])[a-z]+[A-Z0-9]\w*\b(?!["'./])/g, word => (fields.has(word) ? toParameterWord(word) : word));
}

function toParameterWord(field: string): string {
  return `-${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}
