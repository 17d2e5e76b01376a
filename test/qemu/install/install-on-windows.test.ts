import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HostileServer, sha512, startHostileServer } from '../../support/hostile-server.ts';
import { PretendSystem, putEngine } from './support.ts';

const name = 'qemu-w64-setup-20251210.exe';
const content = randomBytes(200_000);

let system: PretendSystem;
let server: HostileServer;
beforeEach(async () => {
  system = await PretendSystem.create();
  server = await startHostileServer(content);
  server.texts.set('/w64/', listing(['2024/', '2025/', name, 'qemu-w64-setup-20250826.exe']));
  server.texts.set('/w64/2025/', listing(['../', name]));
  server.texts.set('/w64/qemu-w64-setup-20251210.sha512', `${sha512(content)}  ${name}\n`);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
});

const listing = (links: string[]) =>
  `<html><table>${links.map(link => `<tr><td><a href="${link}">${link}</a></td></tr>`).join('\n')}</table></html>`;
const install = (settings: Parameters<PretendSystem['install']>[0] = {}) =>
  system.install({ host: system.host({ platform: 'win32' }), downloadUrl: `${server.origin}/w64/`, ...settings });
/** Unpacks like 7-Zip, with what an installer of NSIS has besides. */
const sevenZip = [
  'for word in "$@"; do case "$word" in -o*) folder=$(echo "$word" | cut -c3-);; esac; done',
  putEngine('"$folder"', '10.2.0', '.exe'),
  'mkdir "$folder/\\$PLUGINSDIR" && touch "$folder/\\$PLUGINSDIR/System.dll" "$folder/qemu-uninstall.exe"',
].join('\n');
const engineFiles = async () => (await readdir(system.engineFolder)).sort();
const beside = async () => (await readdir(join(system.engineFolder, '..'))).sort();
const cached = () => join(system.root, 'cache', 'downloads', name);

describe('installing on Windows', () => {
  test('takes winget when it is there', async () => {
    await system.addProgram('winget', putEngine('"$PRETEND/engine"', '10.1.0', '.exe'));
    const report = await install({ engineFolder: join(system.root, 'engine') });
    expect(report).toMatchObject({ changed: true, method: 'winget', version: '10.1.0', warnings: [] });
    expect(await system.calls()).toEqual(report.commands);
    expect(report.commands[0]).toMatch(
      /^winget install .*SoftwareFreedomConservancy\.QEMU .*--accept-package-agreements/,
    );
    expect(server.requests).toEqual([]);
  });

  test('takes the official build when winget fails, and warns of it', async () => {
    await system.addProgram('winget', 'echo no; exit 5');
    await system.addProgram('7z', sevenZip);
    expect(await install()).toMatchObject({
      method: 'download',
      warnings: [expect.stringContaining('winget could not install QEMU')],
    });
    await expect(install({ method: 'winget', force: true })).rejects.toMatchObject({
      code: 'failed',
      data: { stdout: 'no\n', exitCode: 5 },
    });
  });

  test('tells the size before it fetches, verifies, unpacks into its own folder and finds it there', async () => {
    await system.addProgram('7z', sevenZip);
    const report = await install();
    expect(report).toEqual({
      changed: true,
      method: 'download',
      commands: [expect.stringMatching(/^7z x -y /)],
      download: { url: `${server.origin}/w64/${name}`, bytes: content.length, sha512: sha512(content), file: cached() },
      system: join(system.engineFolder, 'qemu-system-x86_64.exe'),
      version: '10.2.0',
      warnings: [],
    });
    const fetched = server.requests.findIndex(({ method, path }) => method === 'GET' && path.endsWith(name));
    const asked = server.requests.findIndex(({ method }) => method === 'HEAD');
    expect(asked).toBeGreaterThan(-1);
    expect(asked).toBeLessThan(fetched);
    expect(system.messages().join('\n')).toMatch(/downloading http.*20251210\.exe, 200000 bytes\n/);
    expect(await engineFiles()).toEqual(['qemu-img.exe', 'qemu-system-x86_64.exe']);
    expect(await beside()).toEqual(['engine']);
    const fractions = system.updates.map(({ fraction = 0 }) => fraction);
    expect(fractions.filter(Boolean)).toEqual(fractions.filter(Boolean).sort((one, other) => one - other));
  });

  test('only plans when asked to: address, size and hash, and nothing is fetched', async () => {
    expect(await install({ planOnly: true })).toEqual({
      changed: false,
      method: 'download',
      commands: [],
      download: { url: `${server.origin}/w64/${name}`, bytes: content.length, sha512: sha512(content) },
      warnings: [],
    });
    expect(server.sentBytes()).toBe(0);
  });

  test('goes on after breaks', async () => {
    await system.addProgram('7z', sevenZip);
    server.script = [
      { kind: 'break', at: 0.4 },
      { kind: 'status', status: 503 },
      { kind: 'stall', at: 0.5 },
    ];
    expect(await install()).toMatchObject({ changed: true });
    expect(server.sentBytes()).toBe(content.length);
  });

  test('neither unpacks nor runs what has the wrong hash, and gives the link', async () => {
    await system.addProgram('7z', sevenZip);
    server.texts.set('/w64/qemu-w64-setup-20251210.sha512', `${sha512(Buffer.from('other'))} *${name}\n`);
    await expect(install()).rejects.toMatchObject({
      code: 'failed',
      data: { actual: sha512(content) },
      remedy: expect.stringContaining(`by hand from ${server.origin}/w64/`),
    });
    expect(await system.calls()).toEqual([]);
    expect(await readdir(join(system.root, 'cache', 'downloads'))).toEqual([]);
  });

  test.each([
    ['truncated', sha512(content).slice(0, 100)],
    ['of another file', `${sha512(content)}  qemu-w64-setup-20250826.exe\n`],
    ['a page', '<html>Not here</html>'],
    ['empty', ''],
  ])('fetches nothing when the hash file is %s', async (_what, text) => {
    server.texts.set('/w64/qemu-w64-setup-20251210.sha512', text);
    await expect(install()).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('SHA-512') });
    server.texts.delete('/w64/qemu-w64-setup-20251210.sha512');
    await expect(install()).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('SHA-512') });
    expect(server.sentBytes()).toBe(0);
  });

  test('runs the installer silently when there is no 7-Zip', async () => {
    const script = `#!/bin/sh\necho "setup $*" >> "$PRETEND/calls"\nfolder="\${2#/D=}"\n${putEngine('"$folder"', '10.2.0', '.exe')}\n`;
    serve(Buffer.from(script));
    await mkdir(join(system.root, 'cache', 'downloads'), { recursive: true });
    await runnable(cached(), script);
    expect(await install()).toMatchObject({ changed: true, commands: [`${cached()} /S /D=${system.engineFolder}`] });
    expect(await system.calls()).toEqual([`setup /S /D=${system.engineFolder}`]);
  });

  test('says where the verified installer is when it may not be run', async () => {
    await expect(install()).rejects.toMatchObject({ code: 'denied', remedy: expect.stringContaining(cached()) });
    expect(sha512(await readFile(cached()))).toBe(sha512(content));
  });

  test('keeps the QEMU that is there when a new one cannot be unpacked', async () => {
    await system.addProgram('7z', sevenZip);
    await install();
    await system.addProgram('7z', 'echo broken; exit 2');
    const outcome = install({ force: true });
    // 7-Zip failed, and so did the installer, which is none.
    await expect(outcome).rejects.toMatchObject({ code: 'denied' });
    expect(await engineFiles()).toEqual(['qemu-img.exe', 'qemu-system-x86_64.exe']);
    expect(await beside()).toEqual(['engine']);
    await system.addProgram('7z', sevenZip.replaceAll('10.2.0', '10.3.0'));
    expect(await install({ force: true })).toMatchObject({ version: '10.3.0' });
    expect(await beside()).toEqual(['engine']);
  });

  test('removes what a killed installation has left', async () => {
    await system.addProgram('7z', sevenZip);
    await mkdir(`${system.engineFolder}.0123456789ab.new`, { recursive: true });
    await writeFile(`${system.engineFolder}.0123456789ab.new/half`, '');
    await install();
    expect(await beside()).toEqual(['engine']);
  });

  test('that is cancelled while unpacking leaves the download and nothing else', async () => {
    await system.addProgram('7z', `${sevenZip}\nexec sleep 60`);
    const controller = new AbortController();
    const progress = ({ message }: { message: string }) => {
      if (message.includes(' x -y ')) setTimeout(() => controller.abort(), 300);
    };
    await expect(install({ signal: controller.signal, progress })).rejects.toMatchObject({ code: 'cancelled' });
    expect(await beside()).toEqual([]);
    expect(await readdir(join(cached(), '..'))).toEqual([name]);
  });

  test('removes installers of older builds from the cache, but for one that is being fetched', async () => {
    await system.addProgram('7z', sevenZip);
    const downloads = join(cached(), '..');
    await mkdir(downloads, { recursive: true });
    const older = 'qemu-w64-setup-20240423.exe';
    const fetched = 'qemu-w64-setup-20250826.exe';
    const there = [older, `${older}.part.json`, `${fetched}.part`, `${fetched}.lock`, 'notes.txt'];
    for (const each of there) await writeFile(join(downloads, each), '');
    await install();
    expect((await readdir(downloads)).sort()).toEqual(['notes.txt', `${fetched}.lock`, `${fetched}.part`, name].sort());
  });

  test('twice at once ends with one', async () => {
    await system.addProgram('7z', sevenZip);
    const reports = await Promise.all([install(), install()]);
    expect(reports).toMatchObject([{ version: '10.2.0' }, { version: '10.2.0' }]);
    expect(await beside()).toEqual(['engine']);
  });

  test.each(['', '<html>Down for maintenance</html>', listing(['https://evil.example/qemu-w64-setup-20990101.exe'])])(
    'finds no build in the listing %j',
    async page => {
      server.texts.set('/w64/', page);
      await expect(install()).rejects.toMatchObject({ code: 'not_found', remedy: expect.stringContaining('by hand') });
    },
  );
});

function serve(bytes: Buffer): void {
  server.content = bytes;
  server.texts.set('/w64/qemu-w64-setup-20251210.sha512', sha512(bytes));
}

/** A file that is there with the right hash is not fetched, and keeps its right to be run. */
async function runnable(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o755 });
}
