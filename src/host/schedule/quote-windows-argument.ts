/**
 * An argument within the command line of a Windows program, so that the program's C library gives it back as it is: backslashes
 * count only before a quote (https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments).
 */
export function quoteWindowsArgument(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
}
