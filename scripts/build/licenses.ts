import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './plugins.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Writes the licences of all packages of which a file went into the bundle, as most of them demand. */
export async function writeLicenses(outdir: string, inputs: readonly string[]): Promise<void> {
  const folders = new Set(inputs.flatMap(input => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  const texts = await Promise.all([...folders].sort().map(describePackage));
  await writeFile(path.join(outdir, 'THIRD-PARTY-LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

async function describePackage(folder: string): Promise<string> {
  const place = path.join(root, folder);
  const manifest = JSON.parse(await readFile(path.join(place, 'package.json'), 'utf8')) as Manifest;
  const file = (await readdir(place)).find(name => /^licen[cs]e/i.test(name));
  const text = file === undefined ? `License: ${manifest.license ?? 'not stated'}\n` : await readText(place, file);
  return `${manifest.name} ${manifest.version}\n\n${text}`;
}

function readText(place: string, file: string): Promise<string> {
  return readFile(path.join(place, file), 'utf8');
}
