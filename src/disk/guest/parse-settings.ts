const longestLine = 1024;

/** The lines "key = value" of a text, keys as they stand; the first of a key counts, quotes around a value are taken off. */
export function parseSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const cut = line.indexOf('=');
    if (cut <= 0 || line.length > longestLine) continue;
    const key = line.slice(0, cut).trim();
    if (!settings.has(key)) settings.set(key, unquote(line.slice(cut + 1).trim()));
  }
  return settings;
}

function unquote(value: string): string {
  const mark = value.charAt(0);
  if (value.length < 2 || (mark !== '"' && mark !== "'") || !value.endsWith(mark)) return value;
  return value.slice(1, -1).replace(/\\(["'$`\\])/g, '$1');
}
