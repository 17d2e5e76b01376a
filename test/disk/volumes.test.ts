import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import type { ByteReader } from '../../src/disk/source/byte-reader.ts';
import { openExt } from '../../src/disk/volumes/ext/open-ext.ts';
import { openFat } from '../../src/disk/volumes/fat/open-fat.ts';
import type { FileSystem } from '../../src/disk/volumes/file-system.ts';
import { identifyVolume } from '../../src/disk/volumes/identify-volume.ts';
import { openIso9660 } from '../../src/disk/volumes/iso9660/open-iso9660.ts';
import { openNtfs } from '../../src/disk/volumes/ntfs/open-ntfs.ts';
import { gptDisk, mbrEntry, mbrSector } from './support/disk-layout.ts';
import { memory } from './support/memory-volume.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();

const fileReader = (path: string) => memory(readFileSync(path));

function emptyFile(name: string, size: number): string {
  const path = scratch(name);
  writeFileSync(path, '');
  truncateSync(path, size);
  return path;
}

const content = (index: number) => Buffer.alloc(index * 977, `file ${index} `);

/** A folder tree with files of many sizes, a long folder, links, and names that are not plain. */
function makeTree(): string {
  const root = scratch('tree');
  for (const folder of ['etc', 'usr/lib', 'boot', 'many', 'deep/a/b/c'])
    mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/usr/lib/os-release`, 'NAME="Test"\nPRETTY_NAME="Test \\"OS\\" 7 (name)"\nVERSION=7\n');
  symlinkSync('../usr/lib/os-release', `${root}/etc/os-release`);
  symlinkSync('/deep/a', `${root}/absolute`);
  symlinkSync(`/${'x/../'.repeat(14)}deep/a/b/c/text`.replaceAll('x/', 'deep/'), `${root}/long-link`);
  symlinkSync('round', `${root}/round`);
  writeFileSync(`${root}/deep/a/b/c/text`, 'text');
  for (let index = 0; index < 400; index++)
    writeFileSync(`${root}/many/a long name for number ${index}.txt`, content(index % 90));
  const large = openSync(`${root}/large`, 'w');
  writeSync(large, Buffer.alloc(3 * mebibyte, 'large'), 0);
  writeSync(large, Buffer.from('end'), 0, 3, 5 * mebibyte - 3);
  closeSync(large);
  return root;
}

async function expectTree(files: FileSystem, prefix = ''): Promise<void> {
  const names = (await files.list(`${prefix}/many`))?.map(entry => entry.name).sort();
  expect(names).toEqual(Array.from({ length: 400 }, (_, index) => `a long name for number ${index}.txt`).sort());
  for (const index of [0, 1, 7, 89, 399]) {
    const bytes = await files.readFile(`${prefix}/many/a long name for number ${index}.txt`, mebibyte);
    expect(bytes?.equals(content(index % 90))).toBe(true);
  }
  const large = await files.readFile(`${prefix}/large`, 8 * mebibyte);
  expect(large?.length).toBe(5 * mebibyte);
  expect(large?.subarray(0, 3 * mebibyte).equals(Buffer.alloc(3 * mebibyte, 'large'))).toBe(true);
  expect(large?.subarray(3 * mebibyte, -3).equals(Buffer.alloc(2 * mebibyte - 3))).toBe(true);
  expect(large?.subarray(-3).toString()).toBe('end');
  expect((await files.readFile(`${prefix}/deep/a/b/c/text`, 2))?.toString()).toBe('te');
  expect(await files.readFile(`${prefix}/deep/none`, 10)).toBeUndefined();
  expect(await files.readFile(`${prefix}/deep`, 10)).toBeUndefined();
  expect(await files.list(`${prefix}/large`)).toBeUndefined();
}

describe.skipIf(!haveTools('mkfs.ext4', 'mkfs.ext3', 'mkfs.ext2'))('ext file systems', () => {
  const tree = haveTools('mkfs.ext4') ? makeTree() : '';

  it.each([
    ['ext2', []],
    ['ext2', ['-b', '1024']],
    ['ext3', ['-b', '4096']],
    ['ext4', []],
    ['ext4', ['-O', '^64bit', '-b', '1024']],
    ['ext4', ['-O', 'inline_data', '-I', '256']],
    ['ext4', ['-O', 'meta_bg,^resize_inode', '-b', '1024', '-g', '1024']],
    ['ext4', ['-O', 'bigalloc', '-C', '16384']],
  ])('reads %s made with %j', async (kind, options) => {
    const path = emptyFile('ext.img', 64 * mebibyte);
    runTool(`mkfs.${kind}`, '-q', '-F', '-L', 'Wurzel', ...options, '-d', tree, path);
    const volume = fileReader(path);
    expect(await identifyVolume(volume)).toEqual({ fileSystem: kind, label: 'Wurzel' });
    const files = await openExt(volume);
    await expectTree(files);
    expect((await files.readFile('/etc/os-release', 100))?.toString()).toContain('PRETTY_NAME');
    expect((await files.readFile('/absolute/b/c/text', 100))?.toString()).toBe('text');
    expect((await files.readFile('/long-link', 100))?.toString()).toBe('text');
    expect((await files.readFile('/deep/a/../../deep/a/b/c/text', 100))?.toString()).toBe('text');
    expect(await files.readFile('/round', 100)).toBeUndefined();
    const found = await inspectImage(path);
    expect(found.system).toMatchObject({ family: 'linux', name: 'Test "OS" 7 (name)' });
  });
});

describe.skipIf(!haveTools('mkfs.vfat', 'mcopy', 'mmd'))('FAT file systems', () => {
  it.each([
    ['fat12', 3, ['-F', '12']],
    ['fat16', 24, ['-F', '16']],
    ['fat32', 48, ['-F', '32']],
    ['fat32', 300, ['-F', '32', '-S', '4096']],
  ])('reads %s of %i MiB with options %j', async (kind, size, options) => {
    const path = emptyFile(`${kind}-${size}.img`, size * mebibyte);
    runTool('mkfs.vfat', '-n', 'MEIN LABEL', ...options, path);
    const small = scratch('small.efi');
    writeFileSync(small, content(60));
    runTool('mmd', '-i', path, '::/EFI', '::/EFI/BOOT', '::/EFI/a long folder name ü');
    runTool('mcopy', '-i', path, small, '::/EFI/BOOT/BOOTX64.EFI');
    for (let index = 0; index < 20; index++)
      runTool('mcopy', '-i', path, small, `::/EFI/a long folder name ü/Number ${index}.EFI`);
    const volume = fileReader(path);
    expect(await identifyVolume(volume)).toEqual({ fileSystem: kind, label: 'MEIN LABEL' });
    const files = await openFat(volume);
    expect((await files.readFile('/efi/boot/bootx64.efi', mebibyte))?.equals(content(60))).toBe(true);
    expect(await files.list('/EFI/A LONG FOLDER NAME ü')).toHaveLength(20);
    const found = await inspectImage(path);
    expect(found).toMatchObject({ partitionTable: 'none', firmware: 'uefi', bootable: true });
    expect(found.efiBootFiles).toHaveLength(21);
  });
});

describe.skipIf(!haveTools('mkfs.vfat', 'mcopy', 'mmd'))('EFI boot files', () => {
  const program = (machine: number): Buffer => {
    const bytes = Buffer.alloc(1024);
    bytes.write('MZ', 0, 'latin1');
    bytes.writeUInt32LE(128, 60);
    bytes.write('PE', 128, 'latin1');
    bytes.writeUInt16LE(machine, 132);
    return bytes;
  };

  it.each<[string, Record<string, number>, string, string[]]>([
    ['one for each processor', { 'BOOT/BOOTX64.EFI': 0x8664, 'BOOT/BOOTAA64.EFI': 0xaa64 }, 'x86_64', []],
    ['only one for ARM', { 'BOOT/BOOTAA64.EFI': 0xaa64 }, 'aarch64', ['foreign_architecture']],
    ['none at the default place', { 'debian/grubx64.efi': 0x8664 }, 'x86_64', ['no_fallback_boot_file']],
    ['a Windows boot manager', { 'Microsoft/Boot/bootmgfw.efi': 0x8664, 'Boot/bootx64.efi': 0x8664 }, 'x86_64', []],
  ])('a partition with %s', async (name, programs, architecture, obstacles) => {
    const esp = emptyFile('esp.img', 2 * mebibyte);
    runTool('mkfs.vfat', '-F', '12', esp);
    runTool('mmd', '-i', esp, '::/EFI', '::/EFI/Boot', '::/EFI/debian', '::/EFI/Microsoft', '::/EFI/Microsoft/Boot');
    for (const [path, machine] of Object.entries(programs)) {
      writeFileSync(scratch('program.efi'), program(machine));
      runTool('mcopy', '-i', esp, scratch('program.efi'), `::/EFI/${path}`);
    }
    const disk = gptDisk(4 * mebibyte, [{ type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', first: 2048, last: 6143 }]);
    readFileSync(esp).copy(disk, mebibyte);
    writeFileSync(scratch('efi.raw'), disk);
    const found = await inspectImage(scratch('efi.raw'));
    expect(found).toMatchObject({ firmware: 'uefi', bootable: true, system: { architecture } });
    expect(found.obstacles.map(each => [each.code, each.blocking])).toEqual(obstacles.map(code => [code, false]));
    expect(found.efiBootFiles.map(path => path.toLowerCase())).toEqual(
      Object.keys(programs)
        .map(path => `/efi/${path}`.toLowerCase())
        .sort(),
    );
    if (name.includes('Windows')) expect(found.system.family).toBe('windows');
  });
});

describe.skipIf(!haveTools('xorriso'))('optical discs', () => {
  it.each([
    ['plain', []],
    ['Rock Ridge', ['-R']],
    ['Joliet', ['-J', '-joliet-long']],
  ])('reads a disc with %s names', async (kind, options) => {
    const root = scratch(`disc-${kind}`);
    mkdirSync(`${root}/live/deep`, { recursive: true });
    mkdirSync(`${root}/.disk`);
    writeFileSync(`${root}/.disk/info`, 'Some System 5 - amd64\n');
    writeFileSync(`${root}/live/readme.txt`, 'hello');
    const path = scratch(`disc-${kind}.iso`);
    runTool('xorriso', '-as', 'mkisofs', '-quiet', '-V', 'MY_DISC', ...options, '-o', path, root);
    const files = await openIso9660(fileReader(path));
    expect((await files.readFile('/live/readme.txt', 100))?.toString()).toBe('hello');
    const found = await inspectImage(path);
    expect(found).toMatchObject({ format: 'iso', sectorSize: 2048, partitionTable: 'none', bootable: false });
    expect(found.system.evidence).toContain('volume label "MY_DISC"');
    if (kind === 'plain') return;
    expect(found.system).toMatchObject({ family: 'linux', name: 'Some System 5 - amd64', architecture: 'x86_64' });
  });
});

describe.skipIf(!haveTools('grub-mkrescue', 'xorriso', 'mformat'))('hybrid discs', () => {
  it('says that a disc for both firmwares boots by UEFI, and lists its boot files', async () => {
    mkdirSync(scratch('hybrid'));
    const path = scratch('hybrid.iso');
    runTool('grub-mkrescue', '-o', path, scratch('hybrid'));
    const found = await inspectImage(path);
    expect(found).toMatchObject({ format: 'iso', bootable: true });
    if (found.firmware === 'uefi') {
      expect(found.efiBootFiles.map(each => each.toUpperCase())).toContain('/EFI/BOOT/BOOTX64.EFI');
      expect(found.system.architecture).toBe('x86_64');
    }
  });
});

describe('Windows on NTFS', () => {
  const ntfs = brotliDecompressSync(readFileSync(new URL('fixtures/windows.ntfs.br', import.meta.url)));

  it('reads folders, files and the label', async () => {
    const volume = memory(ntfs);
    expect(await identifyVolume(volume)).toEqual({ fileSystem: 'ntfs', label: 'System Ü' });
    const files = await openNtfs(volume);
    const names = (await files.list('/windows/system32'))?.map(entry => entry.name);
    expect(names).toHaveLength(62);
    expect(names).toContain('some-library-number-60.dll');
    expect((await files.readFile('/Windows/System32/some-library-number-42.dll', 100))?.toString()).toBe('42\n');
    expect((await files.readFile('/WINDOWS/System32/config/SOFTWARE', 4))?.toString()).toBe('regf');
    expect(await files.readFile('/Windows/none', 4)).toBeUndefined();
  });

  it('names the Windows by its registry, and its processor by its kernel', async () => {
    const path = scratch('windows.raw');
    const code = 'Invalid partition table Missing operating system';
    const boot = Buffer.from(ntfs);
    boot.write('BOOTMGR is missing', 200, 'latin1');
    const first = Buffer.concat([
      mbrSector([mbrEntry(7, 128, ntfs.length / 512, true)], code),
      Buffer.alloc(127 * 512),
    ]);
    writeFileSync(path, Buffer.concat([first, boot]));
    const found = await inspectImage(path);
    expect(found).toMatchObject({ partitionTable: 'mbr', firmware: 'bios', bootable: true, obstacles: [] });
    expect(found.system).toMatchObject({
      family: 'windows',
      name: 'Windows 11 Pro (23H2, build 22631)',
      architecture: 'x86_64',
    });
    expect(found.partitions[0]).toMatchObject({ fileSystem: 'ntfs', label: 'System Ü' });
  });
});

describe('signatures', () => {
  const marked = (size: number, ...marks: [number, string | Buffer][]) => {
    const bytes = Buffer.alloc(size);
    for (const [at, mark] of marks) Buffer.from(mark as string, 'latin1').copy(bytes, at);
    return memory(bytes);
  };

  it.each<[string, ByteReader, string?]>([
    ['luks', marked(mebibyte, [0, 'LUKS\xba\xbe\0\x02'], [24, 'secret']), 'secret'],
    ['bitlocker', marked(mebibyte, [0, '\xeb\x58\x90-FVE-FS-'])],
    ['refs', marked(mebibyte, [3, 'ReFS\0\0\0\0'])],
    ['xfs', marked(mebibyte, [0, 'XFSB'], [108, 'daten']), 'daten'],
    ['btrfs', marked(mebibyte, [65600, '_BHRfS_M'], [65536 + 299, 'pool']), 'pool'],
    ['lvm2', marked(mebibyte, [512, 'LABELONE'], [536, 'LVM2 001'])],
    ['swap', marked(mebibyte, [4086, 'SWAPSPACE2'], [1052, 'tausch']), 'tausch'],
    ['ufs', marked(mebibyte, [65536 + 1372, '\x19\x01\x54\x19'])],
    ['zfs', marked(mebibyte, [128 * 1024 + 4096, '\x0c\xb1\xba\0\0\0\0\0'])],
    ['hfs+', marked(mebibyte, [1024, 'H+\0\x04'])],
    ['apfs', marked(mebibyte, [32, 'NXSB'])],
    ['squashfs', marked(mebibyte, [0, 'hsqs'])],
    ['erofs', marked(mebibyte, [1024, '\xe2\xe1\xf5\xe0'])],
    ['mdraid', marked(mebibyte, [4096, '\xfc\x4e\x2b\xa9\x01\0\0\0'], [4128, 'host:0']), 'host:0'],
    ['mdraid', marked(mebibyte, [mebibyte - 8192, '\xfc\x4e\x2b\xa9\x01\0\0\0'])],
    ['mdraid', marked(mebibyte, [mebibyte - 65536, '\xfc\x4e\x2b\xa9\0\0\0\0'])],
    ['iso9660', marked(mebibyte, [32769, 'CD001'], [32808, 'DISC  ']), 'DISC'],
    ['udf', marked(mebibyte, [32769, 'BEA01'])],
  ])('knows %s', async (fileSystem, volume, label) => {
    expect(await identifyVolume(volume)).toEqual({ fileSystem, ...(label === undefined ? {} : { label }) });
  });

  it('knows nothing where nothing is, however small', async () => {
    for (const size of [0, 1, 511, 512, 4096, 200_000]) {
      expect(await identifyVolume(memory(Buffer.alloc(size)))).toBeUndefined();
    }
  });

  it.each([
    ['bitlocker', '\xeb\x58\x90-FVE-FS-', 'windows', 'bitlocker'],
    ['luks', 'LUKS\xba\xbe\0\x01', 'linux', 'encrypted'],
  ])('tells that a partition with %s will stop at a password', async (fileSystem, mark, family, code) => {
    const path = scratch(`${fileSystem}.raw`);
    const disk = Buffer.alloc(mebibyte);
    mbrSector([mbrEntry(7, 64, 512)], 'GRUB').copy(disk);
    disk.write(mark, 64 * 512, 'latin1');
    writeFileSync(path, disk);
    const found = await inspectImage(path);
    expect(found.partitions[0]?.fileSystem).toBe(fileSystem);
    expect(found.system.family).toBe(family);
    expect(found.obstacles).toMatchObject([{ code, blocking: false }]);
  });
});
