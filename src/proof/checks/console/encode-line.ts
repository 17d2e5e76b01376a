/** Characters that mean nothing to any shell where they stand, and are on every keyboard without an accent key. */
const plain = /[A-Za-z0-9_./:,=+@ -]/;

/**
 * A line for a shell in a form that can be typed: the argument of `printf %b` that prints it. Whatever else it has, quotes,
 * controls and letters of other languages among it, is written as the numbers of its bytes.
 */
export function encodeLine(line: string): string {
  return Array.from(line, character => (plain.test(character) ? character : encodeBytes(character))).join('');
}

function encodeBytes(character: string): string {
  return [...Buffer.from(character)].map(byte => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
}

/** The form in pieces of bounded length, none of which ends within the number of a byte. */
export function cutEncoded(encoded: string, longest: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const [unit] of encoded.matchAll(/\\0\d{3}|[^\\]/g)) {
    if (piece.length + unit.length > longest) {
      pieces.push(piece);
      piece = '';
    }
    piece += unit;
  }
  return [...pieces, piece];
}
