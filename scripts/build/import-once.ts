/**
 * A module of the bundle whose every `import()` asks Node once: to find again what was loaded before takes 6 microseconds and
 * much garbage, a seventh of a short call.
 */
export function importOnce(code: string): string {
  const memoized = code.replaceAll(/\bimport\(("\.[^"\n]+\.js")\)/g, '(loadedParts[$1]??=import($1))');
  if (memoized === code) return code;
  const [start = ''] = /^#!.*\n/.exec(memoized) ?? [];
  return `${start}const loadedParts={};${memoized.slice(start.length)}`;
}
