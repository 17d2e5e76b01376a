/** Characters that had a number in the X Window System before Unicode's were taken. */
const older: Readonly<Record<string, number>> = { '\n': 0xff0d, '\t': 0xff09, '\b': 0xff08, '€': 0x20ac };

/** The keysym of a character: Latin 1 as it is, everything else by its number in Unicode. */
export function characterKeysym(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  const isLatin = (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);
  return older[character] ?? (isLatin ? code : 0x1000000 + code);
}
