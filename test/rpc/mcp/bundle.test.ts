import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, bundleEntries } from '../../../scripts/build/bundle.ts';
import { importOnce } from '../../../scripts/build/import-once.ts';
import { writeLicenses } from '../../../scripts/build/licenses.ts';
import { copyRecogniser } from '../../../scripts/build/recogniser.ts';

describe('The bundle', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bundle-'));
  let entry: string;
  let inputs: readonly string[];

  beforeAll(async () => {
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    ({ entry, inputs } = await bundle(path.join(folder, 'dist')));
    await copyRecogniser(path.join(folder, 'dist'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The files that are read before `name` can run. */
  function filesBehind(name: string, seen = new Set<string>()): Set<string> {
    const file = path.join(folder, 'dist', name);
    if (seen.has(file)) return seen;
    seen.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(/\bfrom"(\.[^"]+)"|\bimport"(\.[^"]+)"/g);
    for (const [, named = '', bare = ''] of imports) {
      filesBehind(path.join(path.dirname(name), named || bare), seen);
    }
    return seen;
  }

  it('is a program', () => {
    expect(readFileSync(entry, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    if (process.platform !== 'win32') expect(statSync(entry).mode & 0o111).toBe(0o111);
  });

  it('reads little before it serves MCP: no log, no processes, no validator, no messages in 60 languages', () => {
    const names = readdirSync(path.join(folder, 'dist/chunks')).filter(name => /^serve-/.test(name));
    const server = names.find(name =>
      readFileSync(path.join(folder, 'dist/chunks', name), 'utf8').includes('serveMcp'),
    );
    const files = [...filesBehind(`chunks/${server}`)];
    const code = files.map(file => readFileSync(file, 'utf8')).join('\n');
    expect(code.length).toBeLessThan(600_000);
    for (const marker of ['createLogger', 'node:child_process', 'addVocabulary', 'Entrée invalide']) {
      expect(code).not.toContain(marker);
    }
  });

  it('holds the licences of the libraries that went into it', async () => {
    await writeLicenses(path.join(folder, 'dist'), inputs);
    const text = readFileSync(path.join(folder, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['zod', '@modelcontextprotocol/server', 'winston', 'execa']) {
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+`, 'm'));
    }
    expect(text).not.toContain('not stated');
  });

  it('reads screens without a node_modules folder', async () => {
    const dist = path.join(folder, 'dist');
    await bundleEntries(dist, { 'chunks/reader': 'src/proof/screen/optical-reader.ts' });
    const place = pathToFileURL(path.join(dist, 'chunks/reader.js')).href;
    const program = `
      const { OpticalReader } = await import(${JSON.stringify(place)});
      const reader = new OpticalReader();
      const picture = { width: 64, height: 32, rgb: Buffer.alloc(64 * 32 * 3, 255) };
      const english = { ...(await reader.read(picture)), lines: ['?'] };
      const others = [];
      await reader.readInOtherLanguages(picture, english, other => others.push(other.method) > 1);
      console.log(english.method, ...others);
      await reader.close();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
    expect({ stdout: String(stdout).trim(), stderr: String(stderr) }).toEqual({ stdout: 'ocr ocr', stderr: '' });
  });
});

describe('A part that is imported again and again', () => {
  it('is asked of Node once', () => {
    expect(importOnce('#!/usr/bin/env node\nawait import("./a.js");await import("node:fs");')).toBe(
      '#!/usr/bin/env node\nconst loadedParts={};await (loadedParts["./a.js"]??=import("./a.js"));await import("node:fs");',
    );
    expect(importOnce('import"./a.js";')).toBe('import"./a.js";');
  });
});
