/**
 * Text as one word of a command that a person pastes into a shell: names in it may come from a model, and none of their
 * characters may mean anything there. For a POSIX shell, on Windows for PowerShell, which takes typographic quotes for plain ones.
 */
export function quoteWord(word: string, platform: NodeJS.Platform = process.platform): string {
  // PowerShell splats a variable after @ and a percent sign stands for a command there.
  if (/^[\w./:+-][\w./:@%+-]*$/.test(word) && !(platform === 'win32' && word.includes('%'))) return word;
  return platform === 'win32' ? `'${word.replace(/['‘’‚‛]/g, '$&$&')}'` : `'${word.replaceAll("'", "'\\''")}'`;
}
