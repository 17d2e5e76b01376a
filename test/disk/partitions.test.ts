import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import { gptDisk, mbrEntry, mbrSector } from './support/disk-layout.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();
let count = 0;
const linux = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const efi = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';

async function inspect(disk: Buffer) {
  const path = scratch(`disk-${count++}.raw`);
  writeFileSync(path, disk);
  return await inspectImage(path);
}

const codes = (inspection: { obstacles: readonly { code: string }[] }) => inspection.obstacles.map(each => each.code);

describe('partition tables written by hand', () => {
  const partitions = [
    { type: efi, first: 64, last: 127, name: 'EFI System Partition' },
    { type: linux, first: 128, last: 1023, name: 'wurzel ü 日', attributes: 4n },
  ];

  it('reads a GPT with names, types and the legacy boot flag', async () => {
    const found = await inspect(gptDisk(mebibyte, partitions));
    expect(found.partitionTable).toBe('gpt');
    expect(found.partitions).toEqual([
      {
        number: 1,
        start: 32768,
        size: 32768,
        type: efi,
        typeName: 'EFI System',
        name: 'EFI System Partition',
        active: false,
      },
      {
        number: 2,
        start: 65536,
        size: 458752,
        type: linux,
        typeName: 'Linux filesystem',
        name: 'wurzel ü 日',
        active: true,
      },
    ]);
    expect(found).toMatchObject({ firmware: 'uefi', bootable: false });
    expect(codes(found)).toEqual(['no_boot_loader']);
  });

  it('uses the backup when the primary table or its header is damaged', async () => {
    for (const at of [512 + 30, 1024 + 5]) {
      const disk = gptDisk(mebibyte, partitions);
      disk.writeUInt8(disk.readUInt8(at) ^ 1, at);
      const found = await inspect(disk);
      expect(found.partitions).toHaveLength(2);
      expect(codes(found)).toContain('damaged_gpt');
      expect(found.obstacles.find(each => each.code === 'damaged_gpt')?.blocking).toBe(false);
    }
  });

  it('says that both tables are damaged', async () => {
    const disk = gptDisk(mebibyte, partitions);
    disk.fill(0, 512, 1024);
    disk.fill(0, mebibyte - 512);
    const found = await inspect(disk);
    expect(found).toMatchObject({ partitionTable: 'gpt', partitions: [], bootable: false });
    expect(found.obstacles.find(each => each.code === 'damaged_gpt')?.blocking).toBe(true);
  });

  it('reads a table for sectors of 4096 bytes and says that the image has others', async () => {
    const found = await inspect(gptDisk(2 * mebibyte, [{ type: linux, first: 16, last: 31 }], 4096));
    expect(found.partitions).toMatchObject([{ start: 65536, size: 65536 }]);
    expect(codes(found)).toContain('sector_size_mismatch');
  });

  it('tells a hybrid MBR', async () => {
    const disk = gptDisk(mebibyte, partitions);
    mbrSector([mbrEntry(0x0c, 64, 64, true), mbrEntry(0xee, 1, 63)], 'GRUB code').copy(disk);
    const found = await inspect(disk);
    expect(found).toMatchObject({ partitionTable: 'gpt', firmware: 'bios' });
    expect(codes(found)).toContain('hybrid_mbr');
  });

  it('does not take an empty or a random sector for a table', async () => {
    expect((await inspect(Buffer.alloc(mebibyte))).partitionTable).toBe('none');
    const noise = Buffer.alloc(mebibyte, 0x5a);
    noise.writeUInt16LE(0xaa55, 510);
    expect((await inspect(noise)).partitionTable).toBe('none');
    expect((await inspect(mbrSector([]))).partitionTable).toBe('none');
  });

  it('follows logical partitions and ends at a loop', async () => {
    const disk = Buffer.alloc(4 * mebibyte);
    mbrSector([mbrEntry(0x83, 64, 64), mbrEntry(0x05, 1024, 4096)]).copy(disk);
    mbrSector([mbrEntry(0x83, 63, 100), mbrEntry(0x05, 500, 600)]).copy(disk, 1024 * 512);
    mbrSector([mbrEntry(0x82, 63, 100), mbrEntry(0x05, 0, 600)]).copy(disk, 1524 * 512);
    const found = await inspect(disk);
    expect(found.partitions.map(({ number, start, type }) => [number, start / 512, type])).toEqual([
      [1, 64, '0x83'],
      [2, 1024, '0x05'],
      [5, 1024 + 63, '0x83'],
      [6, 1524 + 63, '0x82'],
    ]);
  });

  it('tells that a partition reaches past the end of the disk', async () => {
    const disk = Buffer.alloc(mebibyte);
    mbrSector([mbrEntry(0x83, 64, 64), mbrEntry(0x83, 1024, 100_000), mbrEntry(0x83, 900_000, 100)], 'GRUB').copy(disk);
    const found = await inspect(disk);
    expect(found.obstacles).toMatchObject([{ code: 'truncated', blocking: true }]);
    expect(found.obstacles[0]?.message).toContain('partition 2, 3');
  });
});

describe('which firmware a disk needs', () => {
  const generic = 'Invalid partition table\0Missing operating system';
  const disk = (first: Buffer, ...sectors: [number, Buffer][]) => {
    const bytes = Buffer.alloc(mebibyte);
    first.copy(bytes);
    for (const [at, sector] of sectors) sector.copy(bytes, at);
    return bytes;
  };
  const startSector = Buffer.concat([Buffer.alloc(100), Buffer.from('BOOTMGR is missing')]);

  it.each([
    ['a boot loader without an active partition', disk(mbrSector([mbrEntry(0x83, 64, 64)], 'GRUB')), 'bios', true],
    ['a boot loader on a disk without partitions', disk(mbrSector([], 'some code of its own')), 'bios', true],
    ['an active partition and no code', disk(mbrSector([mbrEntry(0x83, 64, 64, true)])), 'bios', false],
    ['code that finds no active partition', disk(mbrSector([mbrEntry(7, 64, 64)], generic)), 'bios', false],
    ['code that starts an empty partition', disk(mbrSector([mbrEntry(7, 64, 64, true)], generic)), 'bios', false],
    [
      'code that starts the active partition',
      disk(mbrSector([mbrEntry(7, 64, 64, true)], generic), [64 * 512, mbrSector([], startSector)]),
      'bios',
      true,
    ],
    ['partitions and nothing else', disk(mbrSector([mbrEntry(0x83, 64, 64)])), undefined, false],
    ['an EFI system partition without boot files', disk(mbrSector([mbrEntry(0xef, 64, 64)])), 'uefi', false],
  ])('%s', async (_name, bytes, firmware, bootable) => {
    const found = await inspect(bytes);
    expect([found.firmware, found.bootable]).toEqual([firmware, bootable]);
    expect(codes(found).includes('no_boot_loader')).toBe(!bootable);
  });

  it('a GPT with boot code and a BIOS boot partition', async () => {
    const bytes = gptDisk(mebibyte, [{ type: '21686148-6449-6e6f-744e-656564454649', first: 64, last: 127 }]);
    expect(await inspect(bytes)).toMatchObject({ firmware: 'bios', bootable: false });
    mbrSector([mbrEntry(0xee, 1, 2047)], 'GRUB').copy(bytes);
    expect(await inspect(bytes)).toMatchObject({ firmware: 'bios', bootable: true });
    expect(await inspect(gptDisk(mebibyte, []))).toMatchObject({ bootable: false });
  });
});

describe.skipIf(!haveTools('sgdisk', 'sfdisk', 'truncate'))('partition tables written by the usual tools', () => {
  it('reads what sgdisk writes', async () => {
    const path = scratch('sgdisk.raw');
    runTool('truncate', '-s', '64M', path);
    runTool('sgdisk', '-n', '1:2048:+8M', '-t', '1:ef00', '-c', '1:EFI', '-n', '5:0:0', '-t', '5:8e00', path);
    const found = await inspectImage(path);
    expect(found.partitions).toMatchObject([
      { number: 1, start: mebibyte, size: 8 * mebibyte, typeName: 'EFI System', name: 'EFI' },
      { number: 5, start: 9 * mebibyte, typeName: 'Linux LVM' },
    ]);
    runTool('dd', 'if=/dev/zero', `of=${path}`, 'bs=512', 'seek=1', 'count=10', 'conv=notrunc', 'status=none');
    expect((await inspectImage(path)).partitions).toEqual(found.partitions);
  });

  it('reads what sfdisk writes, logical partitions included', async () => {
    const path = scratch('sfdisk.raw');
    runTool('truncate', '-s', '64M', path);
    runTool(
      'sh',
      '-c',
      'printf "label: dos\\nsize=8M,type=7,bootable\\nsize=8M,type=27\\ntype=f\\nsize=4M,type=83\\nsize=4M,type=82\\nsize=4M,type=c\\n" | sfdisk -q "$1"',
      'sh',
      path,
    );
    const found = await inspectImage(path);
    const listed = JSON.parse(runTool('sfdisk', '--json', path)) as {
      partitiontable: { partitions: { node: string; start: number; size: number; type: string }[] };
    };
    expect(found.partitions.map(({ number, start, size, type }) => ({ number, start, size, type }))).toEqual(
      listed.partitiontable.partitions.map(each => ({
        number: Number(/(\d+)$/.exec(each.node)?.[1]),
        start: each.start * 512,
        size: each.size * 512,
        type: `0x${each.type.padStart(2, '0')}`,
      })),
    );
    expect(found.partitions[0]).toMatchObject({ active: true, typeName: 'NTFS or exFAT' });
  });
});
