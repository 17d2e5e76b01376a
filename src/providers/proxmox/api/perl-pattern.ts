const expressions = new Map<string, RegExp | undefined>();

/**
 * A pattern of the schema as an expression for the whole value; undefined where it cannot be said in JavaScript, and the
 * server has to judge. The patterns are Perl's, and are printed with their flags: `(?^i:…)`.
 */
export function readPattern(pattern: string): RegExp | undefined {
  if (!expressions.has(pattern)) expressions.set(pattern, translate(pattern));
  return expressions.get(pattern);
}

function translate(pattern: string): RegExp | undefined {
  // A part that ignores case makes the whole do so: that takes a little more, never less.
  const insensitive = /\(\?\^?\w*i/.test(pattern);
  const text = pattern
    .replace(/\(\?\^?[a-z]*:/g, '(?:')
    .replace(/\\A/g, '^')
    .replace(/\\[Zz]/g, '$')
    .replace(/\{,(\d+)\}/g, '{0,$1}');
  try {
    return new RegExp(`^(?:${text})$`, insensitive ? 'i' : '');
  } catch {
    return undefined;
  }
}
