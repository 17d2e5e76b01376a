/** The words that somebody may have meant, nearest first; at most three. */
export function nearWords(wanted: string, words: readonly string[]): string[] {
  const normal = normalize(wanted);
  return words
    .map(word => ({ word, distance: rateDistance(normal, normalize(word)) }))
    .filter(({ distance }) => distance <= Math.max(2, normal.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ word }) => word);
}

/** As a sentence to put behind a message, or an empty text. */
export function suggestWords(wanted: string, words: readonly string[]): string {
  const near = nearWords(wanted, words);
  return near.length === 0 ? '' : `Did you mean ${near.join(' or ')}? `;
}

function normalize(word: string): string {
  return word
    .toLowerCase()
    .replace(/[_\s/-]/g, '.')
    .slice(0, 64);
}

// A part of a name is nearer than any misspelling: "prove" means "image.prove".
function rateDistance(wanted: string, word: string): number {
  if (wanted.length >= 3 && (word.startsWith(wanted) || word.endsWith(`.${wanted}`))) return 0.5;
  return editDistance(wanted, word);
}

/** Number of letters to insert, delete or replace (Levenshtein). */
function editDistance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...first].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...second].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
