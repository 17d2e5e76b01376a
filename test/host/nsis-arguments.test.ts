import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, globSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTool } from '../../scripts/sample/run-tool.ts';
import { getNsisArguments } from '../../src/host/nsis-arguments.ts';
import { buildInstaller, missingInstallerTools } from '../support/nsis-installer.ts';

const source = path.resolve(import.meta.dirname, '../../src');

/** How an installer of NSIS reads its own command line: words, until one begins with /D=, which is the rest. */
function readLikeNsis(line: string): { silent: boolean; folder: string | undefined } {
  let silent = false;
  let rest = line.slice(line.startsWith('"') ? line.indexOf('"', 1) + 1 : line.indexOf(' '));
  for (;;) {
    rest = rest.replace(/^ +/, '');
    if (rest === '') return { silent, folder: undefined };
    if (rest.startsWith('/D=')) return { silent, folder: rest.slice(3) };
    if (rest === '/S' || rest.startsWith('/S ')) silent = true;
    const end = rest.startsWith('"') ? rest.indexOf('"', 1) : rest.indexOf(' ');
    if (end < 0) return { silent, folder: undefined };
    rest = rest.slice(end + 1);
  }
}

describe('the command line of an installer', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_äЖ/=&%'$-][A-Za-z0-9 _äЖ=&%'$-]{0,12}[A-Za-z0-9_=&%'$-]$/);

  test('names the very folder, whatever is in its path, or is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { minLength: 1, maxLength: 5 }), words => {
        const folder = `C:\\${words.join('\\')}`;
        let args: readonly string[];
        try {
          args = getNsisArguments(folder);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid' });
          return;
        }
        expect(folder).not.toMatch(/["<>|?*\n\r\0]/);
        const line = ['"C:\\Users\\Ada B\\setup.exe"', ...args].join(' ');
        expect(readLikeNsis(line)).toEqual({ silent: true, folder });
      }),
    );
  });

  test('accepts ordinary folders', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), words => {
        const folder = `D:\\${words.join('\\')}`;
        expect(getNsisArguments(folder)).toEqual(['/S', `/D=${folder}`]);
      }),
    );
  });

  test.each(['engine', 'C:engine', 'C:\\a"b', 'C:\\a\\..\\b', 'C:\\trailing ', 'C:\\dot.', 'C:\\a:b', 'C:\\a\nb', ''])(
    'refuses the folder %j',
    folder => {
      expect(() => getNsisArguments(folder)).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );
});

describe('a real installer under wine', () => {
  const missing = missingInstallerTools('wine');
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'vmb nsis-'));
    environment = {
      ...process.env,
      WINEPREFIX: path.join(folder, 'prefix'),
      WINEDEBUG: '-all',
      WINEDLLOVERRIDES: 'mscoree,mshtml=',
      NODE_SKIP_PLATFORM_CHECK: '1',
    };
  });
  afterAll(() => {
    if (missing === undefined) spawnSync('wineserver', ['-k', '-w'], { env: environment });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const drive = (...names: string[]) => path.join(folder, 'prefix', 'drive_c', ...names);
  const files = ['qemu-img.exe', 'qemu-system-x86_64.exe', 'qemu-uninstall.exe'];

  test('takes a folder with spaces from our arguments, joined by spaces', { timeout: 180_000 }, ctx => {
    if (missing !== undefined) return ctx.skip(missing);
    const setup = buildInstaller(folder, '9.0.0');
    // wine quotes each word that has a space, and joins them by one: so the line is handed over in pieces without any.
    const words = getNsisArguments('C:\\Ada B\\own engine').join(' ').split(' ');
    execFileSync('wine', [setup, ...words], { env: environment, stdio: 'ignore' });
    expect(readdirSync(drive('Ada B', 'own engine')).sort()).toEqual(files);
    expect(existsSync(drive('wrong'))).toBe(false);
  });

  test('is run with them by the Windows build of Node', { timeout: 180_000 }, async ctx => {
    const node = globSync(path.resolve(source, '../.cache/windows-node/**/node.exe'))[0];
    if (missing !== undefined) return ctx.skip(missing);
    if (node === undefined) return ctx.skip('not there: the Windows build of Node below .cache/windows-node');
    const setup = buildInstaller(folder, '9.0.0');
    const code = [
      `import { getNsisArguments } from './host/nsis-arguments.ts';`,
      `import { runProgram } from './host/run-program.ts';`,
      `const [setup = '', folder = ''] = process.argv.slice(2);`,
      `await runProgram(setup, getNsisArguments(folder), { verbatim: true });`,
    ].join('\n');
    const bundle = path.join(folder, 'run.mjs');
    const banner = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    await build({
      stdin: { contents: code, resolveDir: source, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: bundle,
      banner: { js: banner },
    });
    // Node under wine does not start with a pipe for its output.
    const printed = openSync(path.join(folder, 'printed'), 'w');
    const windows = (file: string) => `Z:${file.replaceAll('/', '\\')}`;
    const args = [node, windows(bundle), windows(setup), 'C:\\Users\\Ada B\\vm bridge\\engine'];
    execFileSync(findTool('wine') ?? 'wine', args, { env: environment, stdio: ['ignore', printed, printed] });
    closeSync(printed);
    expect(readdirSync(drive('users', 'Ada B', 'vm bridge', 'engine')).sort()).toEqual(files);
    expect(existsSync(drive('wrong'))).toBe(false);
  });
});
