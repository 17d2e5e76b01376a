/** A value of JSON as an expression of PowerShell, in ASCII. */
export function quote(value: unknown): string {
  if (value === null || value === undefined) return '$null';
  if (typeof value === 'boolean') return value ? '$true' : '$false';
  if (typeof value === 'number') return quoteNumber(value);
  if (typeof value === 'string') return quoteText(value);
  if (Array.isArray(value)) return `@(${value.map(quote).join(', ')})`;
  const pairs = Object.entries(value).map(([key, item]) => `${quoteKey(key)} = ${quote(item)}`);
  return pairs.length === 0 ? '@{}' : `@{ ${pairs.join('; ')} }`;
}

/** Text in single quotes, where nothing is special but the quote; what is not ASCII can only be told as an expression. */
function quoteText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  const units = Array.from({ length: text.length }, (_, index) => text.charAt(index));
  return `"${units.map(escapeUnit).join('')}"`;
}

function escapeUnit(unit: string): string {
  if (unit === '\n') return '`n';
  if (/^[`"$]$/.test(unit)) return `\`${unit}`;
  if (/^[\x20-\x7e]$/.test(unit)) return unit;
  return `$([char]0x${unit.charCodeAt(0).toString(16)})`;
}

/** PowerShell reads whole numbers up to 2^63, and others as JavaScript writes them. */
function quoteNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} is no number of JSON.`);
  return Object.is(value, -0) ? '0' : String(value);
}

function quoteKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : quoteText(key);
}
