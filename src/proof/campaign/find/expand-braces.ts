/** More would be a mistake, or worse. */
const mostWords = 1000;

/** The words that `{a,b}` stands for, as a shell writes them out; the text itself when it has none. */
export function expandBraces(text: string): string[] {
  let words = [text];
  for (;;) {
    const next = [...new Set(words.flatMap(expandOne))];
    if (next.length > mostWords || next.every((word, index) => word === words[index])) return words;
    words = next;
  }
}

/** Writes out the first innermost braces with a comma inside. */
function expandOne(word: string): string[] {
  const found = /\{([^{}]*,[^{}]*)\}/.exec(word);
  if (found === null) return [word];
  const before = word.slice(0, found.index);
  const after = word.slice(found.index + found[0].length);
  return (found[1] ?? '').split(',').map(choice => before + choice + after);
}
