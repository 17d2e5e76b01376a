import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../src/host/find-program.ts';
import { formatCommand } from '../../../src/qemu/install/command-line.ts';
import { describeBytes } from '../../../src/qemu/install/describe-download.ts';
import { parseSha512 } from '../../../src/qemu/install/fetch-sha512.ts';
import { findWindowsBuild, parseListing } from '../../../src/qemu/install/find-windows-build.ts';
import { sha512, startHostileServer } from '../../support/hostile-server.ts';
import { buildInstaller, missingInstallerTools } from '../../support/nsis-installer.ts';
import { PretendSystem } from './support.ts';

const folder = new URL('https://mirror.example/w64/');
const link = (target: string) => `<a href="${target}">x</a>`;

describe('the listing of builds', () => {
  test('gives builds and years right below the folder, and nothing else', () => {
    const page = [
      'qemu-w64-setup-20250826.exe',
      '/w64/qemu-w64-setup-20251210.exe',
      'https://mirror.example/w64/2025/',
      '2024/',
      'qemu-w64-setup-20251210.sha512',
      'https://evil.example/w64/qemu-w64-setup-20990101.exe',
      '../w32/qemu-w32-setup-20251210.exe',
      'old/qemu-w64-setup-20980101.exe',
      'qemu-w64-setup-20970101.exe?x',
      '?C=M;O=D',
    ].map(link);
    expect(parseListing(page.join('\n'), folder)).toEqual({
      builds: [
        { name: 'qemu-w64-setup-20250826.exe', url: 'https://mirror.example/w64/qemu-w64-setup-20250826.exe' },
        { name: 'qemu-w64-setup-20251210.exe', url: 'https://mirror.example/w64/qemu-w64-setup-20251210.exe' },
      ],
      years: ['2025', '2024'],
    });
  });

  test('never leads elsewhere, whatever the page says', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.webUrl(), fc.string(), fc.constant('qemu-w64-setup-20250826.exe'))), targets => {
        const { builds, years } = parseListing(targets.map(link).join(''), folder);
        expect(builds.every(({ url }) => /^https:\/\/mirror\.example\/w64\/qemu-w64-setup-\d{8}\.exe$/.test(url))).toBe(
          true,
        );
        expect(years.every(year => /^20\d\d$/.test(year))).toBe(true);
      }),
    );
  });

  test('is read down into the newest year that can have a newer build', async () => {
    await using server = await startHostileServer(Buffer.alloc(1));
    const find = () => findWindowsBuild(`${server.origin}/w64`, { signal: new AbortController().signal });
    server.texts.set('/w64/', ['2025/', '2026/', '2024/'].map(link).join(''));
    server.texts.set('/w64/2026/', 'nothing yet');
    server.texts.set('/w64/2025/', ['qemu-w64-setup-20250826.exe', 'qemu-w64-setup-20251210.exe'].map(link).join(''));
    expect(await find()).toMatchObject({ url: `${server.origin}/w64/2025/qemu-w64-setup-20251210.exe` });
    server.texts.set('/w64/2026/', link('qemu-w64-setup-20260422.exe'));
    expect(await find()).toMatchObject({ url: `${server.origin}/w64/2026/qemu-w64-setup-20260422.exe` });
    server.texts.set('/w64/', ['2025/', '2026/', 'qemu-w64-setup-20260501.exe'].map(link).join(''));
    expect(await find()).toMatchObject({ url: `${server.origin}/w64/qemu-w64-setup-20260501.exe` });
  });
});

describe('a published SHA-512', () => {
  const hash = 'ab'.repeat(64);
  test.each([
    [hash, hash],
    [`${hash.toUpperCase()}\r\n`, hash],
    [`${hash}  setup.exe\n`, hash],
    [`${hash} *C:\\build\\setup.exe\n`, hash],
    [`${'cd'.repeat(64)}  other.exe\n${hash}  ./setup.exe\n`, hash],
    [`${hash}  other.exe`, undefined],
    [`${hash}\n${'cd'.repeat(64)}`, undefined],
    [hash.slice(1), undefined],
    [`${hash}a  setup.exe`, undefined],
    ['', undefined],
  ])('in %j is read', (text, expected) => {
    expect(parseSha512(text, 'setup.exe')).toBe(expected);
  });
  test('is 128 digits or nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{120,136}( [ *]setup\.exe)?\n?$/)), text => {
        expect(parseSha512(text, 'setup.exe') ?? hash).toMatch(/^[0-9a-f]{128}$/);
      }),
    );
  });
});

describe('for people', () => {
  test('sizes are short', () => {
    expect([12, 999_999, 187_300_000, 2_500_000_000].map(describeBytes)).toEqual([
      '12 bytes',
      '999999 bytes',
      '187.3 MB',
      '2.50 GB',
    ]);
  });
  test('commands can be pasted into a shell', async () => {
    expect(formatCommand(['sudo', '-n', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'])).not.toContain("'");
    const { runProgram } = await import('../../../src/host/run-program.ts');
    const word = fc.string().filter(text => !text.includes('\0') && text !== '');
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 4 }), async words => {
        const shown = formatCommand(['printf', '%s\\n', ...words]);
        const { stdout } = await runProgram('sh', ['-c', shown]);
        expect(stdout).toBe(`${words.join('\n')}\n`);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a real installer', () => {
  test('is unpacked by the real 7-Zip, without its uninstaller', async ctx => {
    const missing = missingInstallerTools('7z');
    if (missing !== undefined) return ctx.skip(missing);
    const builds = await mkdtemp(join(tmpdir(), 'vmb-nsis-'));
    await using system = await PretendSystem.create();
    const setup = readFileSync(buildInstaller(builds, '10.0.3'));
    await using server = await startHostileServer(setup);
    server.texts.set('/w64/', link('qemu-w64-setup-20251210.exe'));
    server.texts.set('/w64/qemu-w64-setup-20251210.sha512', sha512(setup));
    // 7-Zip gives unpacked files no right to be run; Windows asks for none.
    const real = await findProgram('7z');
    await system.addProgram(
      '7z',
      `${real} "$@" && for word in "$@"; do case "$word" in -o*) chmod 755 "\${word#-o}"/*;; esac; done`,
    );
    const host = system.host({ platform: 'win32' });
    const report = await system.install({ host, downloadUrl: `${server.origin}/w64/` });
    expect(report).toMatchObject({ changed: true, method: 'download', version: '10.0.3' });
    expect((await readdir(system.engineFolder)).sort()).toEqual(['qemu-img.exe', 'qemu-system-x86_64.exe']);
    await rm(builds, { recursive: true });
  });
});
