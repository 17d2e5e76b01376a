import { describe, expect, it } from 'vitest';
import { listSources } from './support/sources.ts';

/** Data, not code: they are as long as what they hold. */
const isGenerated = (file: string) => file.startsWith('catalog/') || file.endsWith('.generated.ts');
const sources = listSources();

describe('source files', () => {
  it('have at most 300 lines', () => {
    const long = sources
      .filter(({ file }) => !isGenerated(file))
      .map(({ file, text }) => [file, text.split('\n').length - 1] as const);
    expect(long.filter(([, lines]) => lines > 300)).toEqual([]);
  });

  it('lie at most two folders below their part', () => {
    expect(sources.map(({ file }) => file).filter(file => file.split('/').length > 4)).toEqual([]);
  });

  it('have names in lower-case kebab style', () => {
    const names = sources.map(({ file }) => file);
    expect(
      names.filter(file => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.generated)?\.ts$/.test(file)),
    ).toEqual([]);
  });

  it('name no machine-made "any" and no forced cast', () => {
    const forced = sources
      .filter(({ file }) => !isGenerated(file))
      .filter(({ text }) => /\bas unknown as\b|\bas any\b/.test(text));
    expect(forced.map(({ file }) => file)).toEqual([]);
  });
});
