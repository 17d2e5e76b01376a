import { quote } from './quote.ts';

/** A value as it stands behind the name of a parameter: plain words need no quotes there. */
export function quoteArgument(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every(item => typeof item !== 'object' || !Array.isArray(item)))
    return value.map(quoteArgument).join(', ');
  return typeof value === 'string' && isPlainWord(value) ? value : quote(value);
}

function isPlainWord(text: string): boolean {
  return /^[A-Za-z/][A-Za-z0-9_./\\:-]*$/.test(text);
}
