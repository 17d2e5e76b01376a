// Derives everything that follows from the declarations: npm run generate [-- --check]
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedFolders, generateFiles } from './generate/files.ts';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const wanted = await generateFiles(root);
const present = generatedFolders.flatMap(listFiles);
const stale = [
  ...[...wanted].filter(([file, text]) => readIfThere(file) !== text).map(([file]) => file),
  ...present.filter(file => !wanted.has(file)),
];

if (check) {
  for (const file of stale) console.error(`stale: ${file}`);
  if (stale.length > 0) console.error('Run "npm run generate" and commit what it writes.');
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const file of present.filter(file => !wanted.has(file))) rmSync(path.join(root, file));
  for (const [file, text] of wanted) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    if (readIfThere(file) !== text) writeFileSync(path.join(root, file), text);
  }
  console.error(stale.length === 0 ? 'Everything is fresh.' : `Wrote ${stale.length} files.`);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(({ name }) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(path.join(root, file), 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}
