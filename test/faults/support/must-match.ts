/** Throws unless the text matches: for cases, which are data and no tests themselves. */
export function mustMatch(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`${JSON.stringify(text)} does not match ${pattern}`);
}
