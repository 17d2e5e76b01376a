import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copy, list, makeTarget } from './support/copy-files.ts';
import { gptDisk, mbrEntry, mbrSector } from './support/disk-layout.ts';
import { sumFile } from './support/host-tree.ts';
import { useScratch } from './support/tools.ts';
import { readVolume } from './support/volume-content.ts';

const scratch = useScratch();
const mebibyte = 1024 * 1024;
const linux = '0fc63daf-8483-4772-8e79-3d69d8477de4';

/** A disk with two partitions: exFAT, then NTFS. */
function makeDisk(): string {
  const image = scratch('disk.raw');
  const [exfat, ntfs] = [readVolume('exfat'), readVolume('ntfs')];
  const second = 2048 + exfat.length / 512;
  const disk = gptDisk(24 * mebibyte, [
    { type: linux, first: 2048, last: second - 1, name: 'first' },
    { type: linux, first: second, last: second + ntfs.length / 512 - 1, name: 'second' },
  ]);
  exfat.copy(disk, mebibyte);
  ntfs.copy(disk, second * 512);
  writeFileSync(image, disk);
  return image;
}

describe('an image with several partitions', () => {
  it('is listed by its volumes, until one is chosen', async () => {
    const image = makeDisk();
    const found = await list({ image });
    expect(found).toMatchObject({ path: '/', entries: [], total: 0, truncated: false });
    expect(found.volumes).toEqual([
      { partition: 1, fileSystem: 'exfat', label: 'Karte Ü', size: 8 * mebibyte, readable: true },
      { partition: 2, fileSystem: 'ntfs', label: 'Dateien Ü', size: 12 * mebibyte, readable: true },
    ]);
    const chosen = await list({ image, partition: 2, path: '/plain' });
    expect(chosen.volumes).toBeUndefined();
    expect(chosen).toMatchObject({ volume: { partition: 2 }, path: '/plain', total: 5 });
  });

  it('asks which one is meant where a path is given', async () => {
    const image = makeDisk();
    const { target, left } = makeTarget(scratch('ambiguous'));
    const which = { code: 'ambiguous', remedy: expect.stringContaining('1, 2'), data: { field: 'partition' } };
    await expect(list({ image, path: '/plain' })).rejects.toMatchObject(which);
    await expect(copy({ image, path: '/', target })).rejects.toMatchObject(which);
    expect(left()).toEqual([]);
    const one = await copy({ image, partition: 1, path: '/plain/hello.txt', target });
    expect(one).toMatchObject({ path: target, files: 1, bytes: 6, sha256: await sumFile(target) });
    expect(readFileSync(target, 'utf8')).toBe('hello\n');
  });

  it('names the partitions that there are, and the part of a path that is missing', async () => {
    const image = makeDisk();
    await expect(list({ image, partition: 7 })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'partition', candidates: [{ partition: 1 }, { partition: 2 }] },
    });
    await expect(list({ image, partition: 0 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(list({ image, partition: 1, path: '/plain/none/of/it' })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('/plain/none/of/it'),
      remedy: expect.stringContaining('"/plain"'),
    });
    await expect(list({ image, partition: 2, path: '/links/junction/x' })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('D:\\Data'),
    });
  });

  it.each([
    ['\xeb\x58\x90-FVE-FS-', 'BitLocker', 'unlock'],
    ['LUKS\xba\xbe\0\x02', 'LUKS', 'unlock'],
    [`${'\0'.repeat(512)}LABELONE`, 'LVM', 'Boot'],
    ['XFSB', 'xfs', 'Boot'],
  ])('says what a partition is that can not be read: %j', async (mark, name, remedy) => {
    const image = scratch('locked.raw');
    const disk = Buffer.alloc(2 * mebibyte);
    mbrSector([mbrEntry(7, 64, 2048)], 'code').copy(disk);
    disk.write(mark, 64 * 512, 'latin1');
    writeFileSync(image, disk);
    const { target, left } = makeTarget(scratch('locked'));
    for (const partition of [undefined, 1]) {
      const refused = {
        code: 'unsupported',
        message: expect.stringMatching(new RegExp(`partition 1 .*${name}`)),
        remedy: expect.stringContaining(remedy),
      };
      await expect(list({ image, partition })).rejects.toMatchObject(refused);
      await expect(copy({ image, partition, path: '/', target })).rejects.toMatchObject(refused);
    }
    expect(left()).toEqual([]);
  });

  it('says that there is nothing', async () => {
    writeFileSync(scratch('nothing.raw'), Buffer.alloc(mebibyte));
    await expect(list({ image: scratch('nothing.raw') })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('no file system'),
    });
    await expect(list({ image: scratch('missing.vhdx') })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'image' },
    });
  });
});
