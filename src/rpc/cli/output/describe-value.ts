import { renderFacts } from './facts.ts';
import { plainText } from './plain-text.ts';
import { renderTable } from './table.ts';

type Scalar = string | number | boolean | null;
/** Columns that a nested part is moved to the right. */
const step = 2;

type Fields = Readonly<Record<string, unknown>>;

/** Any output of a tool as text for people: facts, nested parts indented, lists of like things as tables. */
export async function describeValue(value: Fields, depth = 0): Promise<string> {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const facts = entries.filter(([, part]) => isScalar(part) || isEmpty(part));
  const parts: string[] = [];
  if (facts.length > 0) parts.push(renderFacts(facts.map(([name, part]) => [name, scalarText(part)])));
  for (const [name, part] of entries.filter(([, part]) => !isScalar(part) && !isEmpty(part))) {
    parts.push(`${plainText(name)}:\n${indent(await describePart(part, depth + step))}`);
  }
  return parts.join('\n');
}

async function describePart(part: unknown, depth: number): Promise<string> {
  if (!Array.isArray(part)) return describeValue(part as Fields, depth);
  if (part.every(isScalar)) return part.map(item => plainText(String(item))).join('\n');
  if (part.every(isFlat)) return describeRows(part as Fields[], depth);
  const items = await Promise.all(
    part.map(item =>
      isScalar(item) || Array.isArray(item) ? plainText(JSON.stringify(item)) : describeValue(item, depth),
    ),
  );
  return items.join('\n\n');
}

function describeRows(rows: readonly Fields[], depth: number): Promise<string> {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))];
  return renderTable(
    columns,
    rows.map(row => columns.map(column => (row[column] === undefined ? undefined : scalarText(row[column])))),
    depth,
  );
}

function scalarText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  return isEmpty(value) ? 'none' : String(value);
}

function isFlat(value: unknown): boolean {
  if (isScalar(value) || Array.isArray(value)) return false;
  return Object.values(value as Fields).every(
    part => part === undefined || isScalar(part) || (Array.isArray(part) && part.every(isScalar)),
  );
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value !== 'object';
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map(line => (line === '' ? line : `${' '.repeat(step)}${line}`))
    .join('\n');
}
