import { existsSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { describeLayers } from '../../src/disk/describe-layers.ts';
import type { DiskImage } from '../../src/disk/disk-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { Fault } from '../../src/errors/fault.ts';
import { SparseFile } from '../support/images/sparse-file.ts';
import { diskType, encodeDynamicHeader, encodeFooter } from '../support/images/vhd-layout.ts';
import { VhdWriter } from '../support/images/vhd-writer.ts';
import {
  encodeBlockEntry,
  encodeMetadata,
  encodeParentLocator,
  encodeRegionTable,
  guidOf,
  itemFlag,
  itemIds,
  listItems,
  logSector,
  mebibyte,
  payloadState,
  regionIds,
  regionTableOffsets,
  sealVhdx,
} from '../support/images/vhdx-layout.ts';
import { encodeLogEntry, type LogChange } from '../support/images/vhdx-log.ts';
import { VhdxWriter } from '../support/images/vhdx-writer.ts';
import { mostMemory } from './support/fuzz.ts';
import { logId, putLog } from './support/put-log.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const scratch = useScratch();
const terabyte = 2 ** 40;
/** The largest log that is accepted. */
const longestLog = 64 * mebibyte;
const path = scratch('worst.img');
afterEach(() => rmSync(path, { force: true }));

/** Opens a file, lists its layers, reads at both ends and in the middle, and walks a while; gives what was refused. */
async function explore(image: DiskImage): Promise<Fault[]> {
  const faults: Fault[] = [];
  const tolerate = async (work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      faults.push(error);
    });
  };
  const length = Math.min(65536, image.virtualSize);
  await tolerate(() => describeLayers(image));
  for (const part of [0, 0.5, 1]) {
    const offset = Math.floor((image.virtualSize - length) * part);
    await tolerate(() => image.read(offset, length));
  }
  for (let at = 0, step = 0; at < image.virtualSize && step < 300 && faults.length < 5; step++) {
    await tolerate(async () => {
      at += (await image.locate(at, image.virtualSize - at)).length;
    });
  }
  return faults;
}

/** Opens and explores within a second of processor time and little memory; gives what was refused on the way. */
async function openSoon(verify = true, seconds = 1): Promise<Fault[]> {
  const start = process.cpuUsage();
  const before = process.memoryUsage.rss();
  const faults: Fault[] = [];
  try {
    const image = await openImage(path);
    try {
      faults.push(...(await explore(image)));
      let problems = 0;
      const report = () => {
        problems++;
      };
      if (verify) for (const layer of image.layers) await layer.verify?.({ report });
      expect(problems).toBeLessThanOrEqual(1000);
    } finally {
      await image.close();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    faults.push(error);
  }
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(seconds);
  expect(process.memoryUsage.rss() - before).toBeLessThan(mostMemory);
  for (const fault of faults.filter(({ code }) => code === 'invalid')) {
    expect(fault.data).toMatchObject({ structure: expect.any(String), offset: expect.any(Number) });
    expect(['range', 'file']).not.toContain(fault.data?.structure);
  }
  return faults;
}

describe('files made to keep the reader busy', () => {
  it('are no more than a large disk with a table of half a gibibyte', async () => {
    const writer = new VhdxWriter(path, { virtualSize: 64 * terabyte });
    writer.write(64 * terabyte - 512, Buffer.alloc(512, 9));
    writer.close();
    // The table is not read as a whole: that takes a check.
    expect(await openSoon(false)).toEqual([]);
  });

  it('can be checked for as long as somebody wants to wait', async () => {
    const writer = new VhdxWriter(path, { virtualSize: 64 * terabyte });
    writer.close();
    const image = await openImage(path);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const check = image.layers[0]?.verify?.({ signal: controller.signal, report: () => {} });
    await expect(check).rejects.toMatchObject({ code: 'cancelled' });
    await image.close();
  });

  it('have a table whose entries all name the same block, or one that no file reaches', async () => {
    for (const place of [7 * mebibyte, 2 ** 63, 2 ** 64 - mebibyte, 0]) {
      const writer = new VhdxWriter(path, { virtualSize: terabyte });
      const entries = Buffer.alloc(mebibyte, encodeBlockEntry(payloadState.present, place));
      for (let at = 0; at < writer.tableLength; at += mebibyte) writer.patchTable(writer.tableOffset + at, entries);
      writer.file.extend(writer.tableOffset + writer.tableLength + 20 * mebibyte);
      writer.close();
      await openSoon();
      rmSync(path);
    }
  });

  it('have a table that changes its mind with every block and every sector', async () => {
    const base = new VhdxWriter(`${path}.base`, { virtualSize: terabyte });
    base.close();
    const parent = { parent_linkage: guidOf(1), relative_path: 'worst.img.base' };
    const writer = new VhdxWriter(path, { virtualSize: terabyte, dataWriteId: guidOf(2), parent });
    writer.write(0, Buffer.alloc(512, 1));
    const entries = Buffer.alloc(mebibyte, Buffer.concat([encodeBlockEntry(2), encodeBlockEntry(0)]));
    for (let at = mebibyte; at < writer.tableLength; at += mebibyte)
      writer.patchTable(writer.tableOffset + at, entries);
    writer.patchTable(writer.tableOffset + writer.tableLength + mebibyte, Buffer.alloc(256, 0x55));
    writer.close();
    expect(await openSoon()).toEqual([]);
    rmSync(`${path}.base`);
  });

  /** A disk with a log of the largest size, full of the same sector but for what `change` makes of each. */
  function fillLog(sectorOf: (at: number) => Buffer): void {
    const writer = new VhdxWriter(path, { virtualSize: mebibyte, logLength: longestLog });
    for (let at = 0; at < longestLog; at += logSector) writer.file.write(writer.logOffset + at, sectorOf(at));
    writer.close();
    putLog(path, [], { logLength: longestLog });
  }
  const plain = { logId, flushedSize: 0, lastSize: 0, changes: [] };

  it('have a log full of heads of entries that all claim the rest of it', async () => {
    const head = encodeLogEntry({ ...plain, sequence: 1n, tail: 0 });
    fillLog(at => {
      const sector = Buffer.from(head);
      sector.writeUInt32LE(longestLog, 8);
      sector.writeUInt32LE(at, 12);
      sector.writeBigUInt64LE(BigInt(at / logSector + 1), 16);
      return sector;
    });
    const [fault] = await openSoon();
    expect(fault).toMatchObject({ code: 'invalid', data: { structure: 'VHDX log' } });
  });

  it.each<[string, (index: number, entries: number) => { sequence: bigint; tail: number }]>([
    ['one long sequence', index => ({ sequence: BigInt(index + 1), tail: 0 })],
    ['sequences of one that all begin at the first entry', index => ({ sequence: BigInt(2 * index + 1), tail: 0 })],
    [
      'a long sequence, and as many entries that claim to end it',
      (index, entries) => ({ sequence: BigInt(index < entries / 2 ? index + 1 : 2 * index), tail: 0 }),
    ],
    [
      'sequences that refer to each other',
      (index, entries) => ({ sequence: BigInt(1 + (index % 97)), tail: ((index * 7919) % entries) * logSector }),
    ],
    ['the same number', () => ({ sequence: 5n, tail: 0 })],
  ])('have a log full of small entries: %s', async (_, describeEntry) => {
    const entries = longestLog / logSector;
    fillLog(at => encodeLogEntry({ ...plain, ...describeEntry(at / logSector, entries) }));
    expect(await openSoon()).toEqual([]);
  });

  it('have a log with more descriptors than memory is worth', async () => {
    for (const [count, overlapping] of [
      [2 ** 17, false],
      [2 ** 17, true],
      [2 ** 17 + 1, false],
      [2 ** 18, false],
    ] as const) {
      const writer = new VhdxWriter(path, { virtualSize: terabyte, logLength: longestLog });
      writer.close();
      const start = writer.tableOffset;
      const changes: LogChange[] = Array.from({ length: count }, (__, index) => ({
        offset: start + (overlapping ? (index * 7919) % 1000 : index * 2) * logSector,
        zeros: overlapping ? 1024 * logSector : logSector,
      }));
      putLog(path, [{ at: 0, changes }], { logLength: longestLog });
      const faults = await openSoon();
      expect(faults.map(({ data }) => data?.structure)).toEqual(count > 2 ** 17 ? ['VHDX log'] : []);
      rmSync(path);
    }
  });

  it('have a log that sets exabytes to zero, or speaks of files that no disk holds', async () => {
    const writer = new VhdxWriter(path, { virtualSize: mebibyte });
    writer.close();
    const end = 2 ** 60;
    for (const entry of [
      { changes: [{ offset: 0, zeros: end }] },
      { changes: [{ offset: end, zeros: 4096 }] },
      { changes: [{ offset: end, data: Buffer.alloc(4096) }] },
      { changes: [{ offset: 2 ** 47 - 4096, zeros: 8192 }] },
      { changes: [], lastSize: end },
    ]) {
      putLog(path, [{ at: 0, ...entry }]);
      const [fault] = await openSoon();
      expect(fault).toMatchObject({ code: 'invalid', data: { structure: 'VHDX log' } });
    }
    // So much there may be, and it is all zeros: the tables as well.
    putLog(path, [{ at: 0, changes: [{ offset: mebibyte, zeros: 2 ** 46 }], lastSize: 2 ** 47 }]);
    expect((await openSoon())[0]).toMatchObject({ code: 'invalid', data: { structure: 'VHDX metadata table' } });
  });

  it('have metadata at the very end of its region, or a byte behind it', async () => {
    const writer = new VhdxWriter(path, { virtualSize: 4 * mebibyte });
    writer.close();
    const items = listItems({ virtualSize: 4 * mebibyte, blockSize: mebibyte, sectorSize: 512 });
    for (const distance of [0, 1, 3]) {
      const region = Buffer.alloc(mebibyte);
      encodeMetadata(items).copy(region);
      items[0]?.content.copy(region, mebibyte - 8);
      region.writeUInt32LE(mebibyte - 8 + distance, 32 + 16);
      const file = new SparseFile(path, 'r+');
      file.write(writer.metadataOffset, region);
      file.close();
      const faults = await openSoon();
      expect(faults.map(({ data }) => data?.structure)).toEqual(distance === 0 ? [] : ['VHDX metadata table']);
    }
  });

  it('have as many regions, items and keys as fit', async () => {
    const locator = encodeParentLocator(
      Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, 'v'])),
    );
    const writer = new VhdxWriter(path, { virtualSize: mebibyte });
    const many = Array.from({ length: 2040 }, (_, index) => index);
    const unknown = many.map(index => ({ id: guidOf(1000 + index), flags: itemFlag.user, content: Buffer.alloc(0) }));
    const known = listItems({
      virtualSize: mebibyte,
      blockSize: mebibyte,
      sectorSize: 512,
      locator: locator.subarray(0, 900_000),
    });
    writer.file.write(writer.metadataOffset, encodeMetadata([...unknown, ...known]));
    const regions = many.map(index => ({
      id: guidOf(5000 + index),
      offset: terabyte,
      length: mebibyte,
      required: false,
    }));
    const table = encodeRegionTable([
      ...regions,
      { id: regionIds.blockTable, offset: writer.tableOffset, length: writer.tableLength },
      { id: regionIds.metadata, offset: writer.metadataOffset, length: mebibyte },
    ]);
    for (const offset of regionTableOffsets) writer.file.write(offset, table);
    writer.close();
    expect((await openSoon())[0]).toMatchObject({ code: 'invalid', data: { structure: 'VHDX metadata' } });
    for (const count of [2048, 2 ** 32 - 1]) {
      table.writeUInt32LE(count, 8);
      const file = new SparseFile(path, 'r+');
      for (const offset of regionTableOffsets) file.write(offset, sealVhdx(table));
      file.close();
      expect((await openSoon())[0]).toMatchObject({ code: 'invalid', data: { structure: 'VHDX region table' } });
    }
    expect(itemIds.parentLocator).toBeDefined();
  });

  it('are VHD with a table of gigabytes', async () => {
    const virtualSize = 2 * terabyte - 512 * 1024;
    const entries = 2 ** 29;
    const file = new SparseFile(path);
    const footer = encodeFooter({ type: diskType.dynamic, virtualSize, id: '1'.repeat(32) });
    file.write(0, footer);
    file.write(512, encodeDynamicHeader({ tableOffset: 2048, entries, blockSize: 4096 }));
    file.extend(2048 + entries * 4 + mebibyte);
    file.write(file.size, footer);
    file.close();
    // Holes: every entry names the first sector, which holds the footer.
    const faults = await openSoon();
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault.data?.structure).toBe('VHD block allocation table');
  });

  it('are VHD whose blocks lie over each other', async () => {
    const writer = new VhdWriter(path, { virtualSize: 100 * 2 ** 30 });
    writer.write(0, Buffer.alloc(512, 1));
    const entry = writer.file.read(writer.tableOffset, 4);
    writer.file.write(writer.tableOffset, Buffer.alloc(writer.blocks * 4, entry));
    writer.close();
    expect(await openSoon()).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/shm'))('are larger than any file system of ours allows', async () => {
    const far = '/dev/shm/vmbridge-far.vhdx';
    try {
      const writer = new VhdxWriter(far, { virtualSize: 4 * mebibyte, blockSize: mebibyte });
      writer.write(0, Buffer.alloc(512, 1));
      writer.patchTable(writer.entryOffset(1), encodeBlockEntry(payloadState.present, 2 ** 53));
      writer.patchTable(writer.entryOffset(2), encodeBlockEntry(payloadState.present, 2 ** 50));
      writer.close();
      const file = new SparseFile(far, 'r+');
      file.resize(2 ** 53 - 4096);
      file.close();
      const start = process.cpuUsage();
      const image = await openImage(far);
      expect((await image.read(2 * mebibyte, 512)).equals(Buffer.alloc(512))).toBe(true);
      await expect(image.read(mebibyte, 512)).rejects.toMatchObject({ code: 'invalid' });
      await image.layers[0]?.verify?.({ report: () => {} });
      await image.close();
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1e6).toBeLessThan(1);
    } finally {
      rmSync(far, { force: true });
    }
  });
});

describe.skipIf(!haveTools('qemu-img'))('large disks of QEMU', () => {
  it.each(['2T', '64T'])('are opened quickly: %s', async size => {
    runTool('qemu-img', 'create', '-q', '-f', 'vhdx', path, size);
    expect(await openSoon(false, 0.25)).toEqual([]);
    const image = await openImage(path);
    const start = process.cpuUsage();
    let pieces = 0;
    for (let at = 0; at < image.virtualSize; pieces++) at += (await image.locate(at, image.virtualSize - at)).length;
    const { user, system } = process.cpuUsage(start);
    expect(pieces).toBeLessThan(40_000);
    expect((user + system) / 1e6).toBeLessThan(2);
    await image.close();
  });
});
