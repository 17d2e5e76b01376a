import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
let exported = '';
let counter = 0;
beforeAll(async () => {
  bench = await openMachineBench();
  exported = place('exported');
  await run('vm.create', { name: 'origin', image: bench.disk, format: 'raw', ...smallest });
  await run('vm.export', { vm: 'origin', target: exported });
});
afterAll(() => bench[Symbol.asyncDispose]());

const run = (id: string, input: object) => done(bench.call(id, input));
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const place = (name: string) => path.join(bench.folder, name);
/** qemu-img can not measure the time that LUKS is to take when the host is busy ("Unable to get accurate CPU usage"). */
function img(...args: string[]): string {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return execFileSync('qemu-img', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      if (attempt === 20 || !String(error).includes('accurate CPU usage')) throw error;
    }
  }
}
const machineFolders = () =>
  readdirSync(path.join(bench.home, 'state', 'machines')).filter(name => !name.endsWith('.lock'));

type Manifest = Record<string, unknown> & { disks: Record<string, unknown>[] };

/** A copy of the export whose manifest was changed. */
function forge(change: (manifest: Manifest, folder: string) => unknown): string {
  counter += 1;
  const folder = place(`forged-${counter}`);
  cpSync(exported, folder, { recursive: true });
  const file = path.join(folder, 'machine.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(change(manifest, folder) ?? manifest));
  return folder;
}

/** Puts another disk into an export, with the size and the sum that it really has. */
function replaceDisk(manifest: Manifest, folder: string, change: (file: string) => void): void {
  const file = path.join(folder, 'disk0.qcow2');
  change(file);
  Object.assign(manifest.disks[0] ?? {}, { bytes: statSync(file).size, sha256: sha256(file) });
}

describe('vm.import of an export that somebody has tampered with', () => {
  const hostile: [string, string, RegExp, (manifest: Manifest, folder: string) => unknown][] = [
    [
      'a file outside of the folder',
      'invalid',
      /disks\.0\.file/,
      m => Object.assign(m.disks[0] ?? {}, { file: '../disk0.qcow2' }) && m,
    ],
    [
      'an absolute path',
      'invalid',
      /disks\.0\.file/,
      m => Object.assign(m.disks[0] ?? {}, { file: '/etc/passwd' }) && m,
    ],
    [
      'a path of Windows',
      'invalid',
      /disks\.0\.file/,
      m => Object.assign(m.disks[0] ?? {}, { file: 'C:\\disk0.qcow2' }) && m,
    ],
    ['the same file twice', 'invalid', /twice/, m => ({ ...m, disks: [m.disks[0], m.disks[0]] })],
    [
      'more disks than fit',
      'invalid',
      /places/,
      m => ({ ...m, disks: Array.from({ length: 6 }, (_, i) => ({ ...m.disks[0], file: `d${i}` })) }),
    ],
    ['a bus that its machine has not', 'invalid', /IDE/, m => Object.assign(m.disks[0] ?? {}, { bus: 'ide' }) && m],
    ['an unknown version', 'unsupported', /version 2/, m => ({ ...m, version: 2 })],
    ['no version', 'invalid', /version/, m => ({ ...m, version: undefined })],
    ['another format', 'invalid', /not the description/, m => ({ ...m, format: 'ovf' })],
    ['a name with a path in it', 'invalid', /name/, m => ({ ...m, name: '../../x' })],
    ['giant memory', 'invalid', /memoryBytes/, m => ({ ...m, memoryBytes: 2 ** 52 })],
    [
      'a file that is missing',
      'not_found',
      /other\.qcow2/,
      m => Object.assign(m.disks[0] ?? {}, { file: 'other.qcow2' }) && m,
    ],
    ['a wrong sum', 'invalid', /damaged/, m => Object.assign(m.disks[0] ?? {}, { sha256: '0'.repeat(64) }) && m],
    ['a wrong size', 'invalid', /instead of/, m => Object.assign(m.disks[0] ?? {}, { bytes: 17 }) && m],
    [
      'a giant file',
      'host_fault',
      /bytes left/,
      (m, folder) => {
        truncateSync(path.join(folder, 'disk0.qcow2'), 2 ** 43);
        return Object.assign(m.disks[0] ?? {}, { bytes: 2 ** 43 }) && m;
      },
    ],
    [
      'a link in the place of a disk',
      'invalid',
      /plain file/,
      (_, folder) => {
        const file = path.join(folder, 'disk0.qcow2');
        rmSync(file);
        symlinkSync(path.join(exported, 'disk0.qcow2'), file);
      },
    ],
    [
      'a pipe in the place of a disk',
      'invalid',
      /plain file/,
      (_, folder) => {
        const file = path.join(folder, 'disk0.qcow2');
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
    ],
    [
      'a folder in the place of a disk',
      'invalid',
      /plain file/,
      (_, folder) => {
        const file = path.join(folder, 'disk0.qcow2');
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'a disk that is no qcow2',
      'invalid',
      /no qcow2/,
      (m, folder) => replaceDisk(m, folder, file => writeFileSync(file, Buffer.alloc(4096))),
    ],
    [
      'a disk with a backing file',
      'invalid',
      /backing file/,
      (m, folder) =>
        replaceDisk(m, folder, file =>
          img('create', '-q', '-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/passwd', file, '1M'),
        ),
    ],
    [
      'a disk whose content is in another file',
      'invalid',
      /data file/,
      (m, folder) =>
        replaceDisk(m, folder, file => {
          rmSync(file);
          img(
            'create',
            '-q',
            '-f',
            'qcow2',
            '-o',
            `data_file=${place(`data-${counter}.raw`)},data_file_raw=on`,
            file,
            '1M',
          );
        }),
    ],
    [
      'an encrypted disk',
      'unsupported',
      /encrypted/,
      (m, folder) =>
        replaceDisk(m, folder, file => {
          const secret = [
            '--object',
            'secret,id=s,data=secret',
            '-o',
            'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10',
          ];
          img('create', '-q', '-f', 'qcow2', ...secret, file, '1M');
        }),
    ],
    [
      'a disk with snapshots inside',
      'unsupported',
      /snapshots/,
      (m, folder) => replaceDisk(m, folder, file => img('snapshot', '-q', '-c', 'one', file)),
    ],
  ];
  it.each(hostile)('refuses %s with %s', async (_what, code, message, change) => {
    const before = machineFolders();
    const source = forge(change);
    await expect(run('vm.import', { source, name: 'hostile' })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      data: { field: expect.stringMatching(/source|bus/) },
    });
    expect(machineFolders()).toEqual(before);
    rmSync(source, { recursive: true });
  });

  it('refuses whatever is no description of a machine, without an error of its own', async () => {
    const source = forge(() => undefined);
    const file = path.join(source, 'machine.json');
    const text = readFileSync(file, 'utf8');
    const before = machineFolders();
    const refused = async (content: string | Uint8Array) => {
      writeFileSync(file, content);
      await expect(run('vm.import', { source, name: 'x' })).rejects.toMatchObject({ data: { field: 'source' } });
    };
    await refused('x'.repeat(300_000));
    await refused('null');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.integer({ min: 0, max: text.length - 2 }).map(at => text.slice(0, at)),
        ),
        refused,
      ),
      { numRuns: 40 },
    );
    expect(machineFolders()).toEqual(before);
    await expect(run('vm.import', { source: bench.disk })).rejects.toMatchObject({ code: 'invalid' });
    await expect(run('vm.import', { source: place('nothing') })).rejects.toMatchObject({ code: 'not_found' });
    const remedy = 'Name a folder that vm.export has written.';
    await expect(run('vm.import', { source: bench.folder })).rejects.toMatchObject({ code: 'not_found', remedy });
  });
});
