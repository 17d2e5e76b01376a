/** Letters that JavaScript means by a class; .NET means those of every script. */
const classes: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_' };

/** A pattern of JavaScript, without flags, as .NET understands it the same way. */
export function toNetPattern(pattern: string): string {
  let inClass = false;
  return pattern.replace(/\\(.)|[[\]$]/gs, (found: string, escaped: string | undefined) => {
    if (escaped === '0') return '\\x00';
    if (escaped !== undefined) {
      const letters = classes[escaped];
      if (letters === undefined) return found;
      return inClass ? letters : `[${letters}]`;
    }
    // At the end of a text .NET lets "$" pass a final newline.
    if (found === '$') return inClass ? found : '\\z';
    inClass = found === '[' ? true : found === ']' ? false : inClass;
    return found;
  });
}
