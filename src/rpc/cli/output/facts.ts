import { styleText } from 'node:util';
import { plainText } from './plain-text.ts';
import { textWidth } from './text-width.ts';

export type Fact = readonly [name: string, value: string | number | boolean | undefined];

/** Lines of "name   value", aligned; facts without a value are left out. */
export function renderFacts(facts: readonly Fact[], indent = ''): string {
  const known = facts
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => [plainText(name), plainText(String(value))] as const);
  const width = Math.max(0, ...known.map(([name]) => textWidth(name)));
  return known
    .map(([name, value]) => {
      const padding = ' '.repeat(width - textWidth(name) + 2);
      return `${indent}${styleText('dim', name, { stream: process.stdout })}${padding}${value}`;
    })
    .join('\n');
}
