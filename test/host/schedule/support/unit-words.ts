const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  s: ' ',
};

/**
 * The words of a line of a unit as systemd.syntax(7) says: separated by blanks, quoted as a whole or not at all, with the escapes
 * of C; then `%%` is a percent sign, and any other specifier is an error here.
 */
export function readUnitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line.charAt(at))) {
      at++;
      continue;
    }
    const quote = /["']/.test(line.charAt(at)) ? line.charAt(at++) : undefined;
    let word = '';
    for (;;) {
      const character = line.charAt(at);
      if (at >= line.length) {
        if (quote !== undefined) throw new Error('the quote is not closed');
        break;
      }
      if (quote === undefined ? /\s/.test(character) : character === quote) break;
      at++;
      if (character !== '\\') {
        word += character;
        continue;
      }
      const letter = line.charAt(at++);
      if (letter === 'x') {
        word += String.fromCharCode(Number.parseInt(line.slice(at, at + 2), 16));
        at += 2;
      } else {
        const meant = simple[letter];
        if (meant === undefined) throw new Error(`no such escape: \\${letter}`);
        word += meant;
      }
    }
    if (quote !== undefined && ++at < line.length && !/\s/.test(line.charAt(at))) throw new Error('text after a quote');
    words.push(expandSpecifiers(word));
  }
  return words;
}

function expandSpecifiers(word: string): string {
  return word.replace(/%(.?)/gs, (_whole, letter: string) => {
    if (letter === '%') return '%';
    throw new Error(`a specifier: %${letter}`);
  });
}

/** The arguments of a command as systemd.service(5) says: `$$` is a dollar sign, and any other variable an error here. */
export function readUnitCommand(line: string): string[] {
  const [program = '', ...args] = readUnitWords(line);
  return [
    program,
    ...args.map(word =>
      word.replace(/\$(.?)/gs, (_whole, next: string) => {
        if (next === '$') return '$';
        throw new Error(`a variable: $${next}`);
      }),
    ),
  ];
}

/** The values of a key in a unit, in order; a line that ends with a backslash would go on below. */
export function readUnitKey(unit: string, key: string): string[] {
  const joined = unit.replace(/\\\n/g, ' ');
  return joined.split('\n').flatMap(line => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
}
