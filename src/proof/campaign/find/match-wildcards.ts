/** Whether a pattern has a place that stands for other names. */
export function hasWildcards(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Whether a name fits a pattern of `*` (any characters) and `?` (one). Everything else stands for itself, brackets and braces
 * too: names of backups are full of them. Takes no more steps than name times pattern, whoever wrote the pattern.
 */
export function matchWildcards(pattern: string, name: string): boolean {
  const wanted = [...pattern];
  const given = [...name];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let next = 0; next < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      resume = next;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[next])) {
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
