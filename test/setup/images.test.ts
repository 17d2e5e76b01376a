import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../scripts/sample/run-tool.ts';
import { encodePrintingSector } from '../support/images/boot-sectors.ts';
import {
  blankDisk,
  blankGpt,
  bootSectorDisk,
  brokenBootLoader,
  gptUefiGrub,
  mbrBiosGrub,
} from '../support/images/index.ts';

const building = ['apt-get', 'dpkg-deb', 'qemu-img', 'mformat', 'mkfs.ext4', 'grub-mkimage'];
const judging = ['sgdisk', 'sfdisk', 'mdir', 'fsck.fat', 'e2fsck', 'debugfs', 'dd'];
const hasTools = [...building, ...judging].every(findTool);
const mebibyte = 1024 * 1024;
let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'vmb-images-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function run(name: string, ...args: string[]): string {
  return execFileSync(findTool(name) ?? name, args, { encoding: 'utf8', stdio: 'pipe' });
}

function readFormat(path: string): { format: string; 'virtual-size': number } {
  return JSON.parse(run('qemu-img', 'info', '--output=json', path));
}

/** The disk as a guest sees it, as a raw file. */
function convertToRaw(path: string, name: string): string {
  const raw = join(scratch, name);
  run('qemu-img', 'convert', '-O', 'raw', path, raw);
  return raw;
}

/** One partition as a file of its own. */
function extractPartition(raw: string, start: number, size: number): string {
  const file = `${raw}.${start}`;
  run(
    'dd',
    `if=${raw}`,
    `of=${file}`,
    'bs=1M',
    `skip=${start / mebibyte}`,
    `count=${size / mebibyte}`,
    'conv=sparse',
    'status=none',
  );
  return file;
}

describe.skipIf(!hasTools)('the images that tests boot', () => {
  it('have a GPT in which sgdisk finds no fault, a FAT32 EFI partition and a clean ext4', async () => {
    const path = await gptUefiGrub();
    expect(readFormat(path).format).toBe('vhdx');
    const raw = convertToRaw(path, 'gpt.raw');
    expect(run('sgdisk', '-v', raw)).toContain('No problems found');
    expect(run('sgdisk', '-p', raw)).toMatch(
      /1 +2048 +83967 +40\.0 MiB +EF00 +EFI System\n +2 +83968 +182271 +48\.0 MiB +8300 +root/,
    );
    const esp = extractPartition(raw, mebibyte, 40 * mebibyte);
    expect(readFileSync(esp).toString('latin1', 82, 90)).toBe('FAT32   ');
    expect(run('mdir', '-i', esp, '-b', '::/EFI/BOOT')).toContain('BOOTX64.EFI');
    expect(() => run('fsck.fat', '-n', esp)).not.toThrow();
    const root = extractPartition(raw, 41 * mebibyte, 48 * mebibyte);
    expect(() => run('e2fsck', '-f', '-n', root)).not.toThrow();
    expect(run('debugfs', '-R', 'cat /etc/os-release', root)).toContain('PRETTY_NAME="vmbridge sample 1"');
  });

  it('have one active partition in an MBR with GRUB’s code', async () => {
    const raw = convertToRaw(await mbrBiosGrub({ format: 'qcow2' }), 'mbr.raw');
    expect(run('sfdisk', '--json', raw)).toMatch(/"bootable": ?true/);
    expect(readFileSync(raw).subarray(0, 512).includes('GRUB ')).toBe(true);
    expect(() => run('e2fsck', '-f', '-n', extractPartition(raw, mebibyte, 48 * mebibyte))).not.toThrow();
  });

  it.each(['vhdx', 'vpc', 'qcow2', 'vmdk', 'vdi', 'raw'] as const)(
    'come as %s of exactly the size asked for',
    async format => {
      const path = await blankGpt({ format });
      expect(readFormat(path)).toMatchObject({
        format: format === 'raw' || format === 'vpc' ? expect.any(String) : format,
      });
      const raw = join(scratch, `blank-${format}.raw`);
      run('qemu-img', 'convert', '-f', format, '-O', 'raw', path, raw);
      expect(statSync(raw).size).toBe(64 * mebibyte);
      expect(run('sgdisk', '-v', raw)).toContain('No problems found');
    },
  );

  it('are built once: a second request gives the same file', async () => {
    const first = await blankDisk({ format: 'qcow2' });
    const { ino, mtimeMs } = statSync(first);
    const again = await Promise.all([blankDisk({ format: 'qcow2' }), blankDisk({ format: 'qcow2' })]);
    expect(again).toEqual([first, first]);
    expect(statSync(first)).toMatchObject({ ino, mtimeMs });
  });

  it('differ when the request differs', async () => {
    const paths = await Promise.all([
      bootSectorDisk('none', { format: 'raw' }),
      bootSectorDisk('spin', { format: 'raw' }),
      bootSectorDisk({ message: 'Missing operating system' }, { format: 'raw' }),
    ]);
    const sectors = paths.map(path => readFileSync(path).subarray(0, 512));
    expect(new Set(paths).size).toBe(3);
    expect(sectors.map(sector => sector.readUInt16BE(510))).toEqual([0x55aa, 0x55aa, 0x55aa]);
    expect(sectors[1]?.readUInt16BE(0)).toBe(0xebfe);
    expect(sectors[2]?.includes('Missing operating system')).toBe(true);
  });

  it('can not be spoilt by a test that writes', async () => {
    const path = await brokenBootLoader({ firmware: 'bios', format: 'qcow2' });
    expect(statSync(path).mode & 0o222).toBe(0);
    const copy = join(scratch, 'copy.qcow2');
    copyFileSync(path, copy);
    expect(readFormat(copy).format).toBe('qcow2');
  });
});

describe('a printing boot sector', () => {
  it('refuses a text that does not fit', () => {
    expect(() => encodePrintingSector('x'.repeat(500))).toThrow('does not fit');
  });
});
