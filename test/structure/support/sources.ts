import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const sourceFolder = path.resolve(import.meta.dirname, '../../../src');

export interface Source {
  /** Path below src, with slashes. */
  readonly file: string;
  readonly text: string;
}

export function listSources(): Source[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => ({ file: name.replaceAll('\\', '/'), text: readFileSync(path.join(sourceFolder, name), 'utf8') }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

export interface Import {
  /** As written, e.g. "zod", "node:path" or "../host/paths.ts". */
  readonly specifier: string;
  /** For relative ones: the path below src, else undefined. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

/** Every import, export from, and dynamic import of a literal. */
export function importsOf({ file, text }: Source): Import[] {
  const code = withoutComments(text);
  const statements = [
    ...code.matchAll(/^\s*(?:import|export)\s+(?<what>[^'"`;]*?\bfrom\s*)?(['"])(?<from>[^'"]+)\2/gm),
  ];
  const dynamic = [...code.matchAll(/\bimport\(\s*(['"`])(?<from>[^'"`]+)\1\s*\)/g)];
  return [...statements, ...dynamic].map(({ groups = {} }) => {
    const specifier = groups.from ?? '';
    const relative = specifier.startsWith('.');
    const target = relative ? path.posix.join(path.posix.dirname(file), specifier) : undefined;
    return { specifier, target, typeOnly: isTypeOnly(groups.what) };
  });
}

function isTypeOnly(what: string | undefined): boolean {
  if (what === undefined) return false;
  if (/^type\b/.test(what)) return true;
  const [, names] = /^\{([^}]*)\}/.exec(what) ?? [];
  const single = names?.split(',').filter(name => name.trim() !== '');
  return single?.every(name => /^\s*type\s/.test(name)) ?? false;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(,])\/\/[^\n]*/g, '');
}
