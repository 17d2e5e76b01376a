/**
 * A word of a command that a person is to paste, so that a name such as "$(id)" or "a; b" stays one word: for a POSIX
 * shell, on Windows for PowerShell.
 */
export function quoteWord(word: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w./:+-][\w./:@%+-]*$/.test(word) && !(platform === 'win32' && word.includes('%'))) return word;
  return `'${word.replaceAll("'", platform === 'win32' ? "''" : "'\\''")}'`;
}
