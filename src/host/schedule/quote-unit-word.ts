const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/**
 * A word of a line in a systemd unit, between double quotes: with the escapes of C, and `%` doubled, as it else stands for
 * what systemd knows (https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html).
 */
export function quoteUnitWord(word: string): string {
  const escaped = word.replace(
    /[\u0000-\u001f"\\\u007f]/g,
    character => escapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped.replaceAll('%', '%%')}"`;
}

/** An argument of a command line in a unit, where a dollar sign stands for a variable, too. */
export function quoteUnitArgument(word: string): string {
  return quoteUnitWord(word.replaceAll('$', '$$$$'));
}
