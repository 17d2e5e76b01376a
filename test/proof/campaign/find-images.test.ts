import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findImages } from '../../../src/proof/campaign/find/find-images.ts';
import { resolveEntry } from '../../../src/proof/campaign/find/resolve-entry.ts';
import { makeVhdxChain } from '../../support/images/vhdx-chain.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-find-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hasImg = spawnSync('qemu-img', ['--version']).status === 0;
const isPosix = process.platform !== 'win32';

function make(name: string, content: string | Buffer = Buffer.alloc(4096)): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function find(entries: readonly string[], more: Partial<Parameters<typeof findImages>[1]> = {}) {
  const signal = new AbortController().signal;
  const found = await findImages(
    entries.map(entry => (entry.startsWith('!') ? entry : path.resolve(folder, entry))),
    { flat: false, exclude: [], signal, progress: () => {}, ...more },
  );
  const short = (file: string) => path.relative(folder, file);
  return {
    images: found.images.map(image => short(image.path)),
    faults: Object.fromEntries(
      found.images.flatMap(({ path: file, fault }) => (fault ? [[short(file), fault.code]] : [])),
    ),
    skipped: Object.fromEntries(found.skipped.map(({ path: file, reason }) => [short(file), reason])),
  };
}

describe('the images of a folder', () => {
  it('are those by name and by content, in the order of their numbers', async () => {
    make('disk-10.vhdx');
    make('disk-2.VHD');
    make('sub/deeper/old.qcow2');
    make('unnamed', Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.alloc(1000)]));
    const raw = Buffer.alloc(2 ** 20);
    raw.writeUInt16LE(0xaa55, 510);
    make('no-suffix', raw);
    make('notes.txt', 'hello');
    make('boot.bin', raw.subarray(0, 512));
    make('web.vhdx.gz', Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(100)]));
    make('empty', '');
    const { images, skipped } = await find(['.']);
    expect(images).toEqual(
      ['disk-2.VHD', 'disk-10.vhdx', 'no-suffix', 'sub/deeper/old.qcow2', 'unnamed'].map(path.normalize),
    );
    expect(Object.keys(skipped).sort()).toEqual(['boot.bin', 'empty', 'notes.txt', 'web.vhdx.gz']);
    expect(skipped['web.vhdx.gz']).toContain('gzip archive');
  });

  it('leave subfolders out when asked to', async () => {
    make('top.raw');
    make('sub/low.raw');
    expect((await find(['.'], { flat: true })).images).toEqual(['top.raw']);
    expect((await find(['*'], { flat: true })).images).toEqual(['top.raw']);
    expect((await find(['*'])).images).toEqual([path.join('sub', 'low.raw'), 'top.raw']);
  });

  it('do not hold those of folders that are left out', async () => {
    make('top.raw');
    make('run/overlay.qcow2');
    expect((await find(['.'], { exclude: [path.join(folder, 'run')] })).images).toEqual(['top.raw']);
  });

  it.skipIf(!isPosix)('are found behind links, once each, and links in circles do no harm', async () => {
    const first = make('a/first.raw');
    linkSync(first, path.join(folder, 'a', 'hard.raw'));
    symlinkSync(first, path.join(folder, 'soft.raw'));
    symlinkSync(folder, path.join(folder, 'a', 'circle'));
    symlinkSync(path.join(folder, 'gone'), path.join(folder, 'dangling.raw'));
    const { images, skipped } = await find(['.', 'a', 'soft.raw']);
    expect(images).toEqual([path.join('a', 'first.raw')]);
    expect(skipped[path.join('a', 'hard.raw')]).toContain('same file');
    expect(skipped['soft.raw']).toContain('same file');
  });

  it.skipIf(!isPosix)('are never pipes, which would be waited for', async () => {
    make('one.raw');
    execFileSync('mkfifo', [path.join(folder, 'pipe.raw')]);
    expect((await find(['.'])).images).toEqual(['one.raw']);
  });

  it.skipIf(!isPosix || process.getuid?.() === 0)('that may not be read are told, not passed over', async () => {
    make('one.raw');
    make('closed/two.raw');
    chmodSync(path.join(folder, 'closed'), 0);
    expect((await find(['.'])).faults).toEqual({ closed: 'denied' });
    chmodSync(path.join(folder, 'closed'), 0o700);
  });

  it.skipIf(process.platform !== 'linux')('whose name is no text are told, not passed over', async () => {
    make('one.raw');
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff]), Buffer.from('.raw')]), 'x');
    expect((await find(['.'])).faults).toEqual({ 'bad-\ufffd.raw': 'invalid' });
  });
});

describe('what a folder holds beside images', () => {
  it('is told: companions of disks, what is not whole yet, and archives first', async () => {
    make('web.vhdx', 'vhdxfile');
    make('a.txt', 'hello');
    make('web-ctk.vmdk');
    make('really-ctk.vmdk', Buffer.concat([Buffer.from('KDMV'), Buffer.alloc(1000)]));
    make('._web.vhdx', Buffer.from('00051607000200004d6163204f532058', 'hex'));
    make('._other.img');
    make('late.vhdx.part', 'vhdxfile');
    make('vzdump-100.vma.zst', Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(100)]));
    make('vzdump-101.vma', Buffer.concat([Buffer.from('VMA\0'), Buffer.alloc(1000)]));
    const { images, skipped } = await find(['.']);
    expect(images).toEqual(['._other.img', 'really-ctk.vmdk', 'web.vhdx']);
    expect(skipped['late.vhdx.part']).toContain('not whole');
    expect(skipped['vzdump-100.vma.zst']).toContain('Zstandard');
    expect(skipped['vzdump-101.vma']).toContain('Proxmox');
    expect(Object.keys(skipped).sort()).toEqual(
      ['._web.vhdx', 'a.txt', 'late.vhdx.part', 'vzdump-100.vma.zst', 'vzdump-101.vma', 'web-ctk.vmdk'].sort(),
    );
    expect(Object.keys(skipped).at(-1)).toBe('a.txt');
  });

  it('says why there is no image, when that is all there is', async () => {
    make('vzdump-100.vma.zst', Buffer.from('28b52ffd00000000', 'hex'));
    await expect(find(['.'])).rejects.toMatchObject({
      message: expect.stringMatching(/no disk image at .*Zstandard archive/),
      remedy: expect.stringContaining('unpacked'),
    });
  });

  it('is not searched in recycle bins and folders of the system, unless they are named', async () => {
    for (const name of ['lost+found', '$RECYCLE.BIN', 'System Volume Information', '.Trash-1000', '#recycle'])
      make(path.join('disk', name, 'old.vhdx'));
    make('disk/web.vhdx');
    for (const entry of ['disk', 'disk/*', '**/*.vhdx']) {
      const { images, skipped } = await find([entry]);
      expect(images, entry).toEqual([path.join('disk', 'web.vhdx')]);
      expect(Object.keys(skipped), entry).toHaveLength(5);
    }
    expect((await find(['disk/lost+found'])).images).toHaveLength(1);
    expect((await find(['disk/#recycle/*.vhdx'])).images).toHaveLength(1);
  });

  it.skipIf(!isPosix)('is told of links to folders, which are not followed', async () => {
    make('one/a.raw');
    make('elsewhere/b.raw');
    symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'one', 'link'));
    for (const entry of ['one', 'one/*', 'one/**/*.raw']) {
      const { images, skipped } = await find([entry]);
      expect(images, entry).toEqual([path.join('one', 'a.raw')]);
      expect(skipped, entry).toEqual({ [path.join('one', 'link')]: expect.stringContaining('link to a folder') });
    }
    expect((await find(['one/link'])).images).toEqual([path.join('one', 'link', 'b.raw')]);
  });
});

describe('an entry that begins with an exclamation mark', () => {
  beforeEach(() => {
    for (const name of ['web/c.vhdx', 'web/data.vhdx', 'old/web/c.vhdx', 'old/db.raw', 'db.raw']) make(name);
  });

  it.each<[string[], string[]]>([
    [
      ['.', '!old'],
      ['db.raw', 'web/c.vhdx', 'web/data.vhdx'],
    ],
    [
      ['.', '!data*'],
      ['db.raw', 'old/db.raw', 'old/web/c.vhdx', 'web/c.vhdx'],
    ],
    [['.', '!old/*.raw', '!web'], ['db.raw']],
    [
      ['.', '!old/**'],
      ['db.raw', 'web/c.vhdx', 'web/data.vhdx'],
    ],
    [
      ['.', '!old/**/c.vhdx'],
      ['db.raw', 'old/db.raw', 'web/c.vhdx', 'web/data.vhdx'],
    ],
    [
      ['.', '!{old,data.vhdx}'],
      ['db.raw', 'web/c.vhdx'],
    ],
    [
      ['**/*.vhdx', '!old'],
      ['web/c.vhdx', 'web/data.vhdx'],
    ],
    // As a shell hands over a pattern.
    [
      ['db.raw', 'old', 'web', '!old'],
      ['db.raw', 'web/c.vhdx', 'web/data.vhdx'],
    ],
    [
      ['.', '!d'],
      ['db.raw', 'old/db.raw', 'old/web/c.vhdx', 'web/c.vhdx', 'web/data.vhdx'],
    ],
  ])('leaves out what fits: %j', async (entries, expected) => {
    const { images, faults } = await find(entries);
    expect(images).toEqual(expected.map(path.normalize));
    expect(faults).toEqual({});
  });

  it('may be a whole path, and tells what it left out', async () => {
    const { images, skipped } = await find(['.', `!${path.join(folder, 'web')}`]);
    expect(images).toEqual(['db.raw', 'old/db.raw', 'old/web/c.vhdx'].map(path.normalize));
    expect(skipped.web).toContain('left out by "!');
  });

  it('is not enough by itself', async () => {
    await expect(find(['!old'])).rejects.toMatchObject({ code: 'invalid', data: { field: 'images' } });
    await expect(find(['old', '!old'])).rejects.toMatchObject({ code: 'invalid' });
  });

  it('is a name where there is a file of that name', () => {
    const file = make('!important.raw');
    expect(resolveEntry(path.relative(process.cwd(), file))).toBe(file);
    expect(resolveEntry('!old')).toBe('!old');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(path.basename(resolveEntry('!important.raw'))).toBe('!important.raw');
      expect(path.isAbsolute(resolveEntry('!important.raw'))).toBe(true);
    } finally {
      process.chdir(before);
    }
  });
});

describe('a chain', () => {
  it('is proved by its tip: of base, children and grandchildren that alone', async () => {
    const raw = make('source.bin', Buffer.alloc(4 * 2 ** 20, 7));
    await makeVhdxChain(raw, path.join(folder, 'vm'), { layers: 4 });
    const { images, skipped } = await find(['vm']);
    expect(images).toEqual([path.join('vm', 'child-3.avhdx')]);
    expect(Object.keys(skipped).sort()).toEqual(
      ['base.vhdx', 'child-1.avhdx', 'child-2.avhdx'].map(name => path.join('vm', name)),
    );
    expect(skipped[path.join('vm', 'base.vhdx')]).toMatch(/^It is a parent of ".*child-[123]\.avhdx"\.$/);
  });

  it('is proved by its tip also when the parents were named, and in whatever order', async () => {
    const raw = make('source.bin', Buffer.alloc(2 * 2 ** 20, 7));
    await makeVhdxChain(raw, path.join(folder, 'vm'), { layers: 3 });
    const names = ['vm/base.vhdx', 'vm/child-2.avhdx', 'vm/child-1.avhdx'];
    expect((await find(names)).images).toEqual([path.join('vm', 'child-2.avhdx')]);
    // A parent by itself is what was asked for.
    expect((await find(['vm/base.vhdx', 'vm/child-1.avhdx'])).images).toEqual([path.join('vm', 'child-1.avhdx')]);
    expect((await find(['vm/base.vhdx'])).images).toEqual([path.join('vm', 'base.vhdx')]);
  });

  it.skipIf(!hasImg)('of qcow2 files with two tips is proved by both', async () => {
    make('base.img', Buffer.alloc(2 ** 20));
    for (const name of ['one.qcow2', 'two.qcow2']) {
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', 'base.img', '-F', 'raw', path.join(folder, name)]);
    }
    const { images, skipped } = await find(['.']);
    expect(images).toEqual(['one.qcow2', 'two.qcow2']);
    expect(Object.keys(skipped)).toEqual(['base.img']);
  });

  it('of a damaged child leaves the parent to be proved', async () => {
    const raw = make('source.bin', Buffer.alloc(2 * 2 ** 20, 7));
    await makeVhdxChain(raw, path.join(folder, 'vm'), { layers: 2 });
    truncateSync(path.join(folder, 'vm', 'child-1.avhdx'), 100);
    expect((await find(['vm'])).images).toEqual(['base.vhdx', 'child-1.avhdx'].map(name => path.join('vm', name)));
  });

  it('of VMware files is proved by its descriptor, not by the files with the data', async () => {
    make('web-flat.vmdk', Buffer.alloc(2 ** 20));
    const lines = ['# Disk DescriptorFile', 'version=1', 'createType="vmfs"', 'RW 2048 VMFS "web-flat.vmdk"', ''];
    make('web.vmdk', lines.join('\n'));
    const { images, skipped } = await find(['.']);
    expect(images).toEqual(['web.vmdk']);
    expect(skipped['web-flat.vmdk']).toMatch(/^It is a part of /);
  });
});

describe('a pattern', () => {
  it('finds files below any folders, hidden ones too', async () => {
    make('a/web.vhdx');
    make('a/.hidden/b/db.vhdx');
    make('c/web.vmdk');
    expect((await find(['**/*.vhdx'])).images).toEqual(['a/.hidden/b/db.vhdx', 'a/web.vhdx'].map(path.normalize));
    expect((await find(['?/web.*'])).images).toEqual(['a/web.vhdx', 'c/web.vmdk'].map(path.normalize));
    expect((await find(['a/**'])).images).toEqual(['a/.hidden/b/db.vhdx', 'a/web.vhdx'].map(path.normalize));
    expect((await find(['**/b/../b/*.vhdx'])).images).toEqual([path.normalize('a/.hidden/b/db.vhdx')]);
  });

  it.skipIf(!isPosix)('is a name where there is a file of that name', async () => {
    make('*.vhdx');
    make('web.vhdx');
    make('x[y]{z}/one.raw');
    expect((await find(['*.vhdx'])).images).toEqual(['*.vhdx']);
    expect((await find(['x[y]{z}/*.raw'])).images).toEqual([path.normalize('x[y]{z}/one.raw')]);
  });

  it.skipIf(!isPosix)(
    'has choices where nothing has its very name, and each word has to lead to something',
    async () => {
      for (const name of ['web-1.raw', 'web-2.raw', 'web-b.raw', 'db/one.qcow2', 'x{a,b}.img', 'xa.img']) make(name);
      expect((await find(['web-[0-9].raw'])).images).toEqual(['web-1.raw', 'web-2.raw']);
      expect((await find(['web-[!0-9].raw'])).images).toEqual(['web-b.raw']);
      expect((await find(['{web,db}-[12]*'])).faults).toEqual({ 'db-[12]*': 'not_found' });
      expect((await find(['**/*.{qcow2,img}'])).images).toEqual(['db/one.qcow2', 'x{a,b}.img', 'xa.img']);
      expect((await find(['x{a,b}.img'])).images).toEqual(['x{a,b}.img']);
      expect((await find(['{db,web-1.raw}'])).images).toEqual(['db/one.qcow2', 'web-1.raw']);
      await expect(find(['none-[0-9]{a,b}'])).rejects.toMatchObject({ code: 'not_found' });
    },
  );

  it('of many stars over many folders takes no time', async () => {
    let deep = '';
    for (let level = 0; level < 30; level++) deep = path.join(deep, 'a');
    make(path.join(deep, 'web.vhdx'));
    const begun = performance.now();
    expect((await find([`${'**/a/'.repeat(12)}**/*.vhdx`])).images).toHaveLength(1);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});

describe('what leads to no image', () => {
  it('is told beside those that were found', async () => {
    make('web.vhdx');
    mkdirSync(path.join(folder, 'empty'));
    const { images, faults } = await find(['.', 'gone.vhdx', 'empty', '*.qcow2']);
    expect(images).toEqual(['*.qcow2', 'empty', 'gone.vhdx', 'web.vhdx']);
    expect(faults).toEqual({ 'gone.vhdx': 'not_found', empty: 'not_found', '*.qcow2': 'not_found' });
  });

  it.each([[['gone.vhdx']], [['empty']], [['*.qcow2', 'gone']]])(
    'is a Fault when it is all there is: %s',
    async entries => {
      mkdirSync(path.join(folder, 'empty'));
      await expect(find(entries)).rejects.toMatchObject({ code: 'not_found', data: { field: 'images' } });
    },
  );

  it('is left when the search is cancelled', async () => {
    make('web.vhdx');
    const signal = AbortSignal.abort();
    await expect(find(['.'], { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('is not a file that was named: that is an image, whatever it looks like', async () => {
    make('backup.2024', 'hello');
    expect((await find(['backup.2024'])).images).toEqual(['backup.2024']);
  });
});
