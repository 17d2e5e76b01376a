import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import summary from '../../src/catalog/summary.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../..');
/** Not in the system's folder of temporary files: a link to node_modules has to work on Windows, too. */
const work = path.join(root, '.cache');
let copy = '';
/** Whoever has just followed it to try it out finds both there already. */
const isFollowed =
  summary.tools.some(({ id }) => id === 'vm.resize') || summary.providers.some(({ id }) => id === 'toy');

/** The TypeScript of CONTRIBUTING.md; the comment above each piece says where it goes. */
function readPieces(): { place: string; file: string; code: string }[] {
  const text = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8').replaceAll('\r\n', '\n');
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', body = '']) => {
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const [, place = '', file = ''] = /^\/\/ (.*?)(src\/\S+)\n/.exec(code) ?? [];
    return { place: place.trim(), file, code: code.slice(code.indexOf('\n') + 1) };
  });
}

function apply({ place, file, code }: { place: string; file: string; code: string }): void {
  const target = path.join(copy, file);
  if (place === '') {
    expect(existsSync(target), file).toBe(false);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, code);
    return;
  }
  const before = readFileSync(target, 'utf8');
  const after = place === 'at the end of' ? `${before}\n${code}` : before.replace('  operations: {\n', `$&${code}`);
  expect(after, place).not.toBe(before);
  writeFileSync(target, after);
}

function run(...args: string[]): string {
  const env = { ...process.env, VMBRIDGE_HOME: path.join(copy, 'home') };
  return execFileSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env, stdio: 'pipe' });
}

function call(...words: string[]) {
  return JSON.parse(run('src/main.ts', 'call', ...words, '--json'));
}

describe('CONTRIBUTING.md, followed to the letter', () => {
  beforeAll(() => {
    if (isFollowed) return;
    mkdirSync(work, { recursive: true });
    copy = mkdtempSync(path.join(work, 'contributing-'));
    for (const name of [
      'src',
      'scripts',
      'package.json',
      'tsconfig.json',
      'biome.json',
      'docs/tools',
      'schemas',
      'ps-module',
    ]) {
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
    const memory = { enabled: true, file: 'world.json', machines: [{ name: 'web', state: 'stopped' }] };
    mkdirSync(path.join(copy, 'home'));
    writeFileSync(path.join(copy, 'home/config.json'), JSON.stringify({ providers: { memory } }));
    const pieces = readPieces();
    expect(pieces.map(({ place, file }) => `${place} ${file}`.trim())).toEqual([
      'at the end of src/tools/vm.ts',
      'at the end of src/providers/memory/machines.ts',
      'among the operations of src/providers/memory/index.ts',
      'src/providers/toy/index.ts',
    ]);
    for (const piece of pieces) apply(piece);
    run('node_modules/tsx/dist/cli.mjs', 'scripts/generate.ts');
  });

  beforeEach(({ skip }) => skip(isFollowed, 'the tool vm.resize or the provider toy is there already'));

  afterAll(() => {
    if (copy !== '') rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
  });

  it('gives code that passes the type check, the lint and the formatter', () => {
    const own = ['src/tools/vm.ts', 'src/providers/memory', 'src/providers/toy'];
    run('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--vcs-enabled=false', ...own);
    const settings = { extends: './tsconfig.json', include: ['src'] };
    writeFileSync(path.join(copy, 'tsconfig.contributing.json'), JSON.stringify(settings));
    run('node_modules/typescript/bin/tsc', '--noEmit', '--project', 'tsconfig.contributing.json');
  });

  it('gives a tool with all its faces', () => {
    expect(call('vm.resize', '--vm', 'web', '--cpus', '7').machine).toMatchObject({ id: 'memory:local/web', cpus: 7 });
    const { tools } = JSON.parse(readFileSync(path.join(copy, 'src/catalog/summary.json'), 'utf8'));
    expect(tools).toContainEqual(expect.objectContaining({ id: 'vm.resize', effect: 'change' }));
    const cmdlet = 'ps-module/VmBridge/Public/Resize-VmbVM.ps1';
    for (const file of ['docs/tools/vm.resize.md', 'schemas/vm.resize.json', cmdlet]) {
      expect(existsSync(path.join(copy, file)), file).toBe(true);
    }
  });

  it('gives a provider whose machines are listed', () => {
    expect(call('vm.list', '--provider', 'toy').machines).toMatchObject([{ id: 'toy:local/robot', state: 'running' }]);
  });
});
