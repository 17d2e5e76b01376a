/**
 * The arguments in a command line as Microsoft's C library takes them apart, past the program: 2n backslashes and a quote are n
 * backslashes and a switch of quoting, 2n+1 of them are n backslashes and a quote.
 */
export function readWindowsWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; ) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    at += slashes;
    const character = line.charAt(at);
    if (character === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      if (slashes % 2 === 1) word += '"';
      else if (quoted && line.charAt(at + 1) === '"') {
        word += '"';
        at++;
      } else quoted = !quoted;
      at++;
      continue;
    }
    if (slashes > 0) word = (word ?? '') + '\\'.repeat(slashes);
    if (at >= line.length) break;
    at++;
    if (!quoted && (character === ' ' || character === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quoted) throw new Error('the quote is not closed');
  return word === undefined ? words : [...words, word];
}
