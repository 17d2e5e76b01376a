import { describe, expect, it } from 'vitest';
import { importsOf, listSources } from './support/sources.ts';

/**
 * What each part of src may import. The catalogue is imported by those that look tools and providers up; everybody may
 * use its types. A provider is a part of its own.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  model: ['errors'],
  tools: ['model'],
  catalog: ['tools', 'providers/*'],
  host: ['errors'],
  disk: ['host', 'model', 'errors'],
  rfb: ['host', 'model', 'errors'],
  qemu: ['host', 'model', 'errors'],
  proof: ['disk', 'qemu', 'host', 'model', 'errors'],
  providers: ['host', 'model', 'errors'],
  'providers/*': ['providers', 'proof', 'disk', 'qemu', 'rfb', 'host', 'model', 'errors'],
  inventory: ['providers', 'catalog', 'host', 'model', 'errors'],
  bridge: ['inventory', 'providers', 'catalog', 'proof', 'disk', 'qemu', 'host', 'model', 'errors'],
};
/** The doors and the entry point: everything, through the catalogue. */
const top = ['rpc', 'main.ts'];
/** Packages that only one part needs; any other part may use those of its own. */
const pure = { model: ['zod'], tools: ['zod'], errors: [] as string[] };

const sources = listSources();
const imports = sources.flatMap(source => importsOf(source).map(found => ({ ...found, file: source.file })));
const local = imports.flatMap(found => (found.target === undefined ? [] : [{ ...found, target: found.target }]));

function partOf(file: string): string {
  const [first = '', second = '', third] = file.split('/');
  return first === 'providers' && third !== undefined ? `providers/${second}` : first;
}

function ruleOf(part: string): string {
  return part.startsWith('providers/') ? 'providers/*' : part;
}

function isAllowed(from: string, to: string, typeOnly: boolean): boolean {
  if (from === to || top.includes(from)) return true;
  if (to === 'catalog' && typeOnly) return true;
  return allowed[ruleOf(from)]?.includes(ruleOf(to)) ?? false;
}

describe('imports', () => {
  it('are found at all', () => {
    expect(local.length).toBeGreaterThan(200);
    const text = [
      "import { a, type B } from './b.ts';",
      "import type { C } from '../c/d.ts';",
      "export * from './e.ts';",
      "import './f.ts';",
      "  return (await import('./g.ts')).g; // import x from './h.ts'",
      "import {\n  type I,\n  type J,\n} from './i.ts';",
      "/* import y from './j.ts'; */",
    ].join('\n');
    expect(importsOf({ file: 'x/y.ts', text }).map(({ target, typeOnly }) => [target, typeOnly])).toEqual([
      ['x/b.ts', false],
      ['c/d.ts', true],
      ['x/e.ts', false],
      ['x/f.ts', false],
      ['x/i.ts', true],
      ['x/g.ts', false],
    ]);
  });

  it('point one way between the parts', () => {
    const wrong = local.filter(({ file, target, typeOnly }) => !isAllowed(partOf(file), partOf(target), typeOnly));
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  it('of one provider never reach another', () => {
    const wrong = local.filter(({ file, target }) => {
      const [from, to] = [partOf(file), partOf(target)];
      return from.startsWith('providers/') && to.startsWith('providers/') && from !== to;
    });
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  it('never reach the doors from below', () => {
    const wrong = local.filter(({ file, target }) => partOf(target) === 'rpc' && !top.includes(partOf(file)));
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  it('of the declarations, shapes and errors are of nothing but zod', () => {
    const outside = imports.filter(({ target }) => target === undefined);
    const wrong = outside.filter(({ file, specifier }) => {
      const packages = pure[partOf(file) as keyof typeof pure];
      return packages !== undefined && !packages.includes(specifier);
    });
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).toEqual([]);
  });

  it('reach files that are there, by their whole name', () => {
    const files = new Set(sources.map(({ file }) => file));
    const wrong = local.filter(
      ({ target }) => !target.endsWith('.json') && !target.startsWith('..') && !files.has(target),
    );
    expect(wrong.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  it('know every part', () => {
    const parts = new Set(sources.map(({ file }) => ruleOf(partOf(file))));
    expect([...parts].filter(part => !(part in allowed) && !top.includes(part))).toEqual([]);
  });
});
