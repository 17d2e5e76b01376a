import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackPackage } from '../../../scripts/sample/debian-packages.ts';
import { createExt4, createFat32 } from '../../../scripts/sample/file-systems.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { readCondition } from '../../../src/proof/checks/volumes/read-condition.ts';
import { memory } from '../../disk/support/memory-volume.ts';
import { readVolume } from '../../disk/support/volume-content.ts';

const mebibyte = 2 ** 20;
const folder = mkdtempSync(path.join(tmpdir(), 'vmb-conditions-'));
const at = (name: string) => path.join(folder, name);
const signal = new AbortController().signal;
let ext: Buffer;
let fat: Buffer;
const ntfs = readVolume('ntfs');
const exfat = readVolume('exfat');

beforeAll(async () => {
  // Two groups of blocks, so that there is a copy of the superblock.
  await createExt4(at('ext4'), 160 * mebibyte, 'data', { 'etc/hostname': 'one\n' });
  await createFat32(at('fat'), 40 * mebibyte, 'DATA', { 'file.txt': 'one\n' });
  ext = readFileSync(at('ext4'));
  fat = readFileSync(at('fat'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const look = (kind: string, bytes: Buffer) => readCondition(kind, memory(bytes), signal);

function changed(bytes: Buffer, change: (copy: Buffer) => unknown): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

function debugfs(...requests: string[]): Buffer {
  copyFileSync(at('ext4'), at('copy'));
  writeFileSync(at('requests'), `${requests.join('\n')}\n`);
  execFileSync('debugfs', ['-w', '-f', at('requests'), at('copy')], { stdio: 'ignore' });
  return readFileSync(at('copy'));
}

describe('a file system that nobody has touched', () => {
  it.each([
    ['ext4', () => ext],
    ['fat32', () => fat],
    ['ntfs', () => ntfs],
    ['exfat', () => exfat],
  ])('is clean: %s', async (kind, bytes) => {
    expect(await look(kind, bytes())).toEqual([]);
  });

  it('of a kind that is not known is none that can be judged', async () => {
    for (const kind of ['btrfs', 'luks', 'lvm2', 'toString', '__proto__'])
      expect(await look(kind, ext)).toBeUndefined();
  });
});

describe('ext', () => {
  it('with changes in its journal is not clean, and is told so', async () => {
    const problems = await look('ext4', debugfs('feature needs_recovery'));
    expect(problems).toEqual([expect.stringContaining('journal has changes to be replayed')]);
  });

  it.each([
    ['set_super_value state 0', 'not unmounted'],
    ['set_super_value state 3', 'found errors'],
    ['set_super_value error_count 5', 'counts 5 errors'],
  ])('after %s says that it is %s', async (request, words) => {
    expect((await look('ext4', debugfs(request)))?.join()).toContain(words);
  });

  it('with a damaged superblock or copy of it says so', async () => {
    const own = await look(
      'ext4',
      changed(ext, copy => copy.writeUInt32LE(12345, 1024 + 12)),
    );
    expect(own).toEqual(['The checksum of its superblock is wrong.']);
    const backup = await look(
      'ext4',
      changed(ext, copy => copy.fill(0, 32768 * 4096, 32768 * 4096 + 1024)),
    );
    expect(backup).toEqual(['The copy of its superblock is damaged.']);
  });

  it('cut short says so', async () => {
    expect(await look('ext4', ext.subarray(0, 100 * mebibyte))).toEqual([expect.stringContaining('longer than')]);
  });
});

describe('NTFS', () => {
  /** Where the flags of the volume stand: in its own record, behind the version that mkntfs gives it. */
  const flags = ntfs.indexOf(Buffer.from('0301', 'hex'), ntfs.indexOf('$Volume', 0, 'utf16le')) + 2;
  /** The log of a new volume has all bits set. */
  const log = findRun(ntfs, 0xff, 64 * 1024);

  it('that Windows has marked is dirty', async () => {
    const problems = await look(
      'ntfs',
      changed(ntfs, copy => copy.writeUInt16LE(1, flags)),
    );
    expect(problems).toEqual([expect.stringContaining('dirty')]);
  });

  it.each([
    ['in use', 0, 0, 1, ['replayed']],
    ['closed', 0xffff, 0, 1, []],
    ['marked as clean', 0, 2, 1, []],
    // The second page is the newer one.
    ['in use again', 0xffff, 0, 0, ['replayed']],
  ])('with a log that is %s is judged by the newer page', async (_, clients, mark, sequence, words) => {
    const bytes = changed(ntfs, copy => {
      writeRestartPage(copy, log, BigInt(sequence + 5), clients, mark);
      writeRestartPage(copy, log + 4096, 5n + (sequence === 0 ? 1n : 0n), sequence === 0 ? 0 : clients, mark);
    });
    expect(await look('ntfs', bytes)).toEqual(words.map(word => expect.stringContaining(word)));
  });

  it('with a damaged copy of its boot sector or file table says so', async () => {
    const boot = await look(
      'ntfs',
      changed(ntfs, copy => copy.fill(0, copy.length - 512)),
    );
    expect(boot).toEqual(['The copy of its boot sector is damaged.']);
    const mirror = Number(ntfs.readBigUInt64LE(56)) * ntfs.readUInt16LE(11) * ntfs.readUInt8(13);
    expect(
      await look(
        'ntfs',
        changed(ntfs, copy => copy.fill(0, mirror, mirror + 4)),
      ),
    ).toEqual(['The copy of its file table is damaged.']);
  });
});

describe('FAT and exFAT', () => {
  it('marked by Linux or by Windows are in use', async () => {
    const byLinux = changed(fat, copy => copy.writeUInt8(1, 65));
    const table = fat.readUInt16LE(14) * 512;
    const byWindows = changed(fat, copy => copy.writeUInt32LE(0x07ffffff, table + 4));
    const exfatMark = changed(exfat, copy => copy.writeUInt16LE(2, 106));
    for (const [kind, bytes] of [
      ['fat32', byLinux],
      ['fat32', byWindows],
      ['exfat', exfatMark],
    ] as const) {
      expect(await look(kind, bytes)).toEqual([expect.stringContaining('in use')]);
    }
  });

  it('with errors of the disk, or a damaged copy of the boot sector, say so', async () => {
    const table = fat.readUInt16LE(14) * 512;
    const errors = changed(fat, copy => copy.writeUInt32LE(0x0bffffff, table + 4));
    expect(await look('fat32', errors)).toEqual([expect.stringContaining('errors of its disk')]);
    const backup = fat.readUInt16LE(50) * 512;
    const damaged = [
      ['fat32', changed(fat, copy => copy.fill(0, backup, backup + 512))],
      ['exfat', changed(exfat, copy => copy.fill(0, 12 * 512, 13 * 512))],
    ] as const;
    for (const [kind, bytes] of damaged) {
      expect(await look(kind, bytes)).toEqual(['The copy of its boot sector is damaged.']);
    }
  });
});

describe('XFS', () => {
  let xfs: Buffer | undefined;
  let reason = '';
  beforeAll(async () => {
    try {
      const roots = await Promise.all(['xfsprogs', 'libinih1', 'liburcu8'].map(unpackPackage));
      const folders = ['lib', 'usr/lib'].map(name => `${name}/x86_64-linux-gnu`);
      const libraries = roots.flatMap(root => folders.map(name => path.join(root, name))).join(':');
      writeFileSync(at('xfs'), '');
      truncateSync(at('xfs'), 310 * mebibyte);
      const env = { ...process.env, LD_LIBRARY_PATH: libraries };
      execFileSync(path.join(roots[0] ?? '', 'sbin/mkfs.xfs'), ['-q', at('xfs')], { env });
      xfs = readFileSync(at('xfs'));
    } catch (error) {
      reason = String(error);
    }
  });

  it('that was unmounted is clean, and is not without the record of that', async context => {
    if (!xfs) return context.skip(`mkfs.xfs does not run here: ${reason}`);
    expect(await look('xfs', xfs)).toEqual([]);
    const [start, group, shift] = [xfs.readBigUInt64BE(48), BigInt(xfs.readUInt32BE(84)), BigInt(xfs.readUInt8(124))];
    const log = Number(((start >> shift) * group + (start & ((1n << shift) - 1n))) * BigInt(xfs.readUInt32BE(4)));
    expect(xfs.readUInt32BE(log)).toBe(0xfeedbabe);
    const dirty = changed(xfs, copy => copy.writeUInt8(0, log + 512 + 9));
    expect(await look('xfs', dirty)).toEqual([expect.stringContaining('log has changes to be replayed')]);
    const emptied = changed(xfs, copy => copy.fill(0, log, log + 8192));
    expect(await look('xfs', emptied)).toEqual([]);
  });

  it('cut short, or with a damaged copy of its superblock, says so', async context => {
    if (!xfs) return context.skip(`mkfs.xfs does not run here: ${reason}`);
    expect((await look('xfs', xfs.subarray(0, 64 * mebibyte)))?.join()).toContain('longer than');
    const second = xfs.readUInt32BE(84) * xfs.readUInt32BE(4);
    const damaged = changed(xfs, copy => copy.fill(0, second, second + 512));
    expect(await look('xfs', damaged)).toEqual(['The copy of its superblock is damaged.']);
  });
});

describe('a hostile file system', () => {
  it.each([
    ['ext4', () => ext],
    ['fat32', () => fat],
    ['ntfs', () => ntfs],
    ['exfat', () => exfat],
    ['xfs', () => Buffer.concat([Buffer.from('XFSB'), Buffer.alloc(4 * mebibyte)])],
  ])('ends in sentences or a Fault, soon: %s', async (kind, source) => {
    // The head has all that sizes and places are taken from.
    const head = Buffer.from(source().subarray(0, 4 * mebibyte));
    const places = fc.integer({ min: 0, max: 2200 });
    const values = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(places, values), { minLength: 1, maxLength: 12 }), async changes => {
        const bytes = changed(head, copy => {
          for (const [place, value] of changes) copy[place] = value;
        });
        const started = performance.now();
        const problems = await look(kind, bytes).catch((error: unknown) => {
          if (!(error instanceof Fault)) throw error;
          return [error.message];
        });
        expect(problems?.length).toBeLessThan(10);
        expect(performance.now() - started).toBeLessThan(2000);
      }),
      { numRuns: 150 },
    );
  });
});

function writeRestartPage(bytes: Buffer, place: number, sequence: bigint, clients: number, flags: number): void {
  bytes.fill(0, place, place + 4096);
  bytes.write('RSTR', place, 'latin1');
  bytes.writeUInt32LE(4096, place + 16);
  bytes.writeUInt16LE(48, place + 24);
  bytes.writeBigUInt64LE(sequence, place + 48);
  bytes.writeUInt16LE(clients, place + 60);
  bytes.writeUInt16LE(flags, place + 62);
}

function findRun(bytes: Buffer, value: number, length: number): number {
  const wanted = Buffer.alloc(length, value);
  for (let place = 0; place + length <= bytes.length; place += 4096) {
    if (bytes.subarray(place, place + length).equals(wanted)) return place;
  }
  throw new Error('no such run');
}
