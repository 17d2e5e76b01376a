import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PackError } from './pack-error.ts';

export interface Manifest {
  readonly id: string;
  readonly guid: string;
  readonly version: string;
  readonly author: string;
  readonly company: string;
  readonly copyright: string;
  readonly description: string;
  readonly releaseNotes: string;
  readonly functions: readonly string[];
  readonly tags: readonly string[];
  readonly files: readonly string[];
}

const name = 'VmBridge.psd1';

/** The generated manifest of a module's folder. It holds nothing but texts in single quotes and lists of them. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readText(folder);
  const value = (key: string) => unquote(find(text, key, "('(?:[^']|'')*')"));
  const list = (key: string) =>
    [...find(text, key, '@\\(([^)]*)\\)').matchAll(/'(?:[^']|'')*'/g)].map(([item]) => unquote(item));
  return {
    id: path.basename(name, '.psd1'),
    guid: value('GUID'),
    version: value('ModuleVersion'),
    author: value('Author'),
    company: value('CompanyName'),
    copyright: value('Copyright'),
    description: value('Description'),
    releaseNotes: value('ReleaseNotes'),
    functions: list('FunctionsToExport'),
    tags: list('Tags'),
    files: list('FileList'),
  };
}

async function readText(folder: string): Promise<string> {
  const text = await readFile(path.join(folder, name), 'utf8').catch(() => undefined);
  if (text === undefined) throw new PackError(`There is no ${path.join(folder, name)}.`, 'Run: npm run generate');
  return text;
}

function find(text: string, key: string, pattern: string): string {
  const [, found] = new RegExp(`^ *${key} = ${pattern}`, 'm').exec(text) ?? [];
  if (found === undefined) throw new PackError(`${name} has no ${key}.`, 'Run: npm run generate');
  return found;
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'");
}
