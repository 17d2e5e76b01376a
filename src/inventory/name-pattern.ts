/**
 * A pattern with `*` and `?` as a test for whole names; case does not matter. Walks with one point of return instead of
 * a regular expression: patterns come from callers, and `*a*a*a*a` must not cost more than length times length.
 */
export function matchName(pattern: string): (name: string) => boolean {
  const wanted = [...pattern.toLowerCase()];
  return name => matches(wanted, [...name.toLowerCase()]);
}

function matches(pattern: readonly string[], name: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < name.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every(character => character === '*');
}
