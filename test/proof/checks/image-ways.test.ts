import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DiskPiece, writeDisk } from '../../../scripts/sample/disk-file.ts';
import { createExt4, createFat32 } from '../../../scripts/sample/file-systems.ts';
import { alignment, encodeGpt, type PlannedPartition } from '../../../scripts/sample/partition-tables.ts';
import { findLayout } from '../../../src/proof/checks/guest/find-layout.ts';
import { ImageView } from '../../../src/proof/checks/guest/image-view.ts';
import { listMountPoints } from '../../../src/proof/checks/guest/place-in-image.ts';
import { readImageFile } from '../../../src/proof/checks/guest/read-image-file.ts';
import { skipChecks } from '../../../src/proof/checks/skip-checks.ts';

const mebibyte = 2 ** 20;
const folder = mkdtempSync(path.join(tmpdir(), 'vmb-image-ways-'));
const at = (name: string) => path.join(folder, name);
const signal = new AbortController().signal;
const digest = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

/** A disk of several volumes: an EFI system partition, a root, its /srv on a third one, and the given content at the end. */
async function makeDisk(name: string, last: Buffer): Promise<string> {
  await createFat32(at('esp'), 36 * mebibyte, 'ESP', { 'EFI/BOOT/BOOTX64.EFI': 'boot program' });
  const table = 'UUID=1 / ext4 defaults 0 1\n#UUID=3 /etc ext4\nUUID=2 /srv ext4 defaults 0 2\n';
  await createExt4(at('root'), 16 * mebibyte, 'root', {
    'etc/fstab': table,
    'etc/hostname': 'web\n',
    'etc/vconsole.conf': 'KEYMAP="de-latin1"\n',
  });
  await createExt4(at('srv'), 16 * mebibyte, 'srv', { 'data/one': 'one\n' });
  writeFileSync(at('last'), last);
  const sizes = [36 * mebibyte, 16 * mebibyte, 16 * mebibyte, 8 * mebibyte];
  let start = alignment;
  const partitions = sizes.map((size, index): PlannedPartition => {
    const planned: PlannedPartition = { kind: index === 0 ? 'esp' : 'linux', name: `part ${index}`, start, size };
    start += size;
    return planned;
  });
  const pieces: DiskPiece[] = ['esp', 'root', 'srv', 'last'].map((file, index) => ({
    offset: partitions[index]?.start ?? 0,
    file: at(file),
  }));
  const size = start + alignment;
  writeDisk(at(name), size, [...encodeGpt(size, partitions), ...pieces]);
  return at(name);
}

let disk: string;
let locked: string;
beforeAll(async () => {
  const swap = Buffer.alloc(8192);
  swap.write('SWAPSPACE2', 4086, 'latin1');
  disk = await makeDisk('disk.img', swap);
  locked = await makeDisk('locked.img', Buffer.concat([Buffer.from('LUKS\xba\xbe', 'latin1'), Buffer.alloc(4096)]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(image: string, file: string, format: 'raw' = 'raw') {
  const view = new ImageView({ path: image, format });
  try {
    return await readImageFile(view, file, true, signal);
  } finally {
    await view.close();
  }
}

describe('a file in an image', () => {
  it('is found on the volume that its path leads to', async () => {
    expect(await read(disk, '/etc/hostname')).toMatchObject({ kind: 'file', size: 4, sha256: digest('web\n') });
    expect(await read(disk, '/srv/data/one')).toMatchObject({
      kind: 'file',
      sha256: digest('one\n'),
      how: expect.stringContaining('partition 3 of the image'),
    });
    expect(await read(disk, '/etc')).toMatchObject({ kind: 'folder' });
    expect(await read(disk, '/srv/data/two')).toMatchObject({ kind: 'absent' });
    // What is only named in a comment is no mount point.
    expect(await read(disk, '/etc/data/one')).toMatchObject({ kind: 'absent' });
  });

  it('by a drive letter is found among the volumes of Windows', async () => {
    const seen = await read(disk, 'C:\\efi\\boot\\bootx64.efi');
    expect(seen).toMatchObject({ kind: 'file', sha256: digest('boot program') });
    expect(await read(disk, 'C:\\etc\\hostname')).toMatchObject({ kind: 'absent' });
    const windows = brotliDecompressSync(
      readFileSync(path.join(import.meta.dirname, '../../disk/fixtures/windows.ntfs.br')),
    );
    writeFileSync(at('windows.img'), windows);
    const found = await read(at('windows.img'), 'C:\\Windows\\System32\\ntoskrnl.exe');
    expect(found.kind).toBe('file');
    // Of one disk, the volume with Windows is C: alone.
    expect(await read(at('windows.img'), 'D:\\Windows\\System32\\ntoskrnl.exe')).toMatchObject({ kind: 'absent' });
  });

  it('that may be where nothing can be read is not said to be missing', async () => {
    await expect(read(locked, '/home/file')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('partition 4 is encrypted (LUKS)'),
    });
    expect((await read(locked, '/etc/hostname')).kind).toBe('file');
  });

  it('is hashed with its holes, as long as the time is there', async () => {
    writeFileSync(at('sparse'), 'x');
    truncateSync(at('sparse'), 3 * mebibyte);
    await createExt4(at('sparse.img'), 16 * mebibyte, 'x', { 'big/file': readFileSync(at('sparse')) });
    const seen = await read(at('sparse.img'), '/big/file');
    expect(seen.sha256).toBe(digest(readFileSync(at('sparse'))));
    const view = new ImageView({ path: at('sparse.img'), format: 'raw' });
    await view.open(signal);
    await expect(readImageFile(view, '/big/file', true, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
    await view.close();
  });

  it('tells the keyboard of its console', async () => {
    const view = new ImageView({ path: disk, format: 'raw' });
    expect(await findLayout((await view.open(signal)).volumes, signal)).toBe('de');
    expect(await findLayout([], signal)).toBe('us');
    await view.close();
  });
});

describe('mount points', () => {
  it('are those of lines that count, the deepest first', () => {
    const table = 'a / x\nb /srv x\n# c /opt x\nd /srv/www/ x\ne none swap\nf /with\\040space x\n\nbroken';
    expect(listMountPoints(table)).toEqual(['/with space', '/srv/www', '/srv']);
  });
});

describe('checks that were not made', () => {
  it('are failed ones with the reason, but volumes are looked at', async () => {
    const checks = {
      agent: true,
      ports: [22, 22],
      files: [{ path: '/etc/hostname' }],
      commands: [{ command: 'echo pass-word', exitCode: 0 }],
      volumes: true,
      user: 'root',
      password: 'pass-word',
    };
    const context = { signal, progress() {}, image: { path: locked, format: 'raw' as const } };
    const results = await skipChecks(checks, 'the boot did not pass.', context);
    expect(results.map(({ check, passed, detail }) => [check, passed, detail])).toEqual([
      ...['guest agent', 'port 22', 'file /etc/hostname', 'command echo •••'].map(name => [
        name,
        false,
        'Not checked: the boot did not pass.',
      ]),
      ['partition 1 (fat32, ESP)', true, expect.stringContaining('It is clean. 1 entry of its top folder was read.')],
      ['partition 2 (ext4, root)', true, expect.stringContaining('It is clean.')],
      ['partition 3 (ext4, srv)', true, expect.stringContaining('It is clean.')],
      ['partition 4 (luks)', false, expect.stringContaining('partition 4 is encrypted (LUKS)')],
    ]);
  });

  it('of an image that is gone, or has nothing on it, say so', async () => {
    writeFileSync(at('zeros'), Buffer.alloc(4 * mebibyte));
    const look = (image: string) =>
      skipChecks({ volumes: true }, '', { signal, progress() {}, image: { path: at(image), format: 'raw' } });
    expect(await look('gone')).toMatchObject([{ check: 'volumes', passed: false }]);
    const zeros = await look('zeros');
    expect(zeros.length).toBeGreaterThan(0);
    expect(zeros.every(({ passed }) => !passed)).toBe(true);
  });

  it('of an image with a damaged volume name it', async () => {
    const bytes = readFileSync(disk);
    // The table of inodes of the root's file system.
    bytes.fill(0xff, alignment + 36 * mebibyte + 4096, alignment + 36 * mebibyte + 4 * mebibyte);
    writeFileSync(at('damaged.img'), bytes);
    const results = await skipChecks({ volumes: true }, '', {
      signal,
      progress() {},
      image: { path: at('damaged.img'), format: 'raw' },
    });
    expect(results.find(({ check }) => check.startsWith('partition 2'))?.passed).toBe(false);
    expect(results.find(({ check }) => check.startsWith('partition 3'))?.passed).toBe(true);
  });
});
