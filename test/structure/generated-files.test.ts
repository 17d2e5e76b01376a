import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFolders, generateFiles } from '../../scripts/generate/files.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('generated files', () => {
  it('are fresh; else run "npm run generate"', async () => {
    const wanted = await generateFiles(root);
    const stale = [...wanted].filter(([file, text]) => readText(file) !== text).map(([file]) => file);
    expect(stale).toEqual([]);
    const present = generatedFolders.flatMap(folder =>
      readdirSync(path.join(root, folder), { withFileTypes: true })
        .filter(entry => !entry.isDirectory())
        .map(({ name }) => `${folder}/${name}`),
    );
    expect(present.filter(file => !wanted.has(file))).toEqual([]);
  });
});

function readText(file: string): string | undefined {
  try {
    return readFileSync(path.join(root, file), 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}
