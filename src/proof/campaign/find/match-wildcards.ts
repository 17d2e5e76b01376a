/** Whether a pattern has a place that stands for other names. */
export function hasWildcards(text: string): boolean {
  return /[*?]/.test(text);
}

/** Whether a pattern has a part that may stand for other names, where there is nothing by the pattern's own name. */
export function hasChoices(text: string): boolean {
  return /\[[^\]]+\]|\{[^}]*,[^}]*\}/.test(text);
}

/**
 * Whether a name fits a pattern of `*` (any characters) and `?` (one). Everything else stands for itself, brackets too, as names
 * of backups are full of them; with `classes`, `[a-c]` is one of these characters and `[!a-c]` one of all others. Takes no more
 * steps than name times pattern, whoever wrote the pattern.
 */
export function matchWildcards(pattern: string, name: string, classes = false): boolean {
  const wanted = classes ? (pattern.match(/\[[!^]?[^\]]+\]|./gsu) ?? []) : [...pattern];
  const given = [...name];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let next = 0; next < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      resume = next;
    } else if (fitsOne(wanted[at], given[next] ?? '')) {
      at++;
      next++;
    } else if (star >= 0) {
      // The last star takes one character more.
      at = star + 1;
      next = ++resume;
    } else return false;
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}

function fitsOne(token: string | undefined, character: string): boolean {
  if (token === undefined) return false;
  if (token === '?' || token === character) return true;
  if (token.length < 3 || !token.startsWith('[')) return false;
  const isNegated = /^\[[!^]./.test(token) && token.length > 3;
  const members = [...token.slice(isNegated ? 2 : 1, -1)];
  let isMember = false;
  for (let index = 0; index < members.length; index++) {
    const first = members[index] ?? '';
    const isRange = members[index + 1] === '-' && index + 2 < members.length;
    const last = isRange ? (members[index + 2] ?? '') : first;
    if (isBetween(character, first, last)) isMember = true;
    if (isRange) index += 2;
  }
  return isMember !== isNegated;
}

function isBetween(character: string, first: string, last: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= (first.codePointAt(0) ?? 0) && code <= (last.codePointAt(0) ?? 0);
}
