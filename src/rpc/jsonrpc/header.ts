/** Longest message that is taken in; a longer one is refused and passed over. */
export const longestBody = 32 * 2 ** 20;
/** Longest block of header lines. */
export const longestHeader = 8 * 2 ** 10;

/** Why a frame could not be read. `tooLong` is the length that it announced, where that is the trouble. */
export interface FrameProblem {
  readonly message: string;
  readonly tooLong?: number;
}

const fieldLine = /^[\w!#$%&'*+.^`|~-]+[ \t]*:/;
const unfinishedFieldLine = /^[\w!#$%&'*+.^`|~-]*(?:[ \t]+|[ \t]*:.*|\r)?$/s;

/** Offset of the first line that no header could have, or undefined. The last line may be unfinished. */
export function findBadLine(text: string): number | undefined {
  let offset = 0;
  for (;;) {
    const end = text.indexOf('\n', offset);
    if (end === -1) return unfinishedFieldLine.test(text.slice(offset)) ? undefined : offset;
    if (!fieldLine.test(text.slice(offset, end))) return offset;
    offset = end + 1;
  }
}

/** The length of the body that a whole block of header lines announces. */
export function readHeader(text: string): number | FrameProblem {
  const fields = text
    .split(/\r?\n/)
    .filter(line => line !== '')
    .map(line => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  const lengths = new Set(fields.filter(([name]) => name === 'content-length').map(([, value = '']) => value));
  const [value] = lengths;
  if (value === undefined) return { message: 'The header has no Content-Length.' };
  if (lengths.size > 1) return { message: 'The header has several Content-Length fields that differ.' };
  if (!/^\d+$/.test(value)) return { message: 'The Content-Length is not a count of bytes.' };
  const length = Number(value);
  if (length > longestBody) {
    return { message: `The message is longer than the ${longestBody} bytes that are taken in.`, tooLong: length };
  }
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(fields.find(([name]) => name === 'content-type')?.[1] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) return { message: 'Only the charset utf-8 is understood.' };
  return length;
}
