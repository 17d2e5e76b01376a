import { readFileSync, statSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DiskImage } from '../../src/disk/disk-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { SparseFile } from '../support/images/sparse-file.ts';
import {
  encodeBlockEntry,
  encodeHeader,
  encodeMetadata,
  encodeRegionTable,
  guidOf,
  headerOffsets,
  listItems,
  logSector,
  mebibyte,
  payloadState,
  regionIds,
  regionTableOffsets,
} from '../support/images/vhdx-layout.ts';
import type { LogChange } from '../support/images/vhdx-log.ts';
import { VhdxWriter } from '../support/images/vhdx-writer.ts';
import { logId, type PlacedEntry, putLog } from './support/put-log.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
const virtualSize = 4 * mebibyte;
/** Where the table stands, and where blocks may: the first one is in the file already. */
const tableOffset = 3 * mebibyte;
const firstBlock = 4 * mebibyte;

/** A disk of four blocks, of which the file holds two, full of 0x11 and 0x22; its table knows none of them. */
function makeDisk(name: string): string {
  const path = scratch(name);
  const writer = new VhdxWriter(path, { virtualSize });
  writer.write(0, Buffer.alloc(mebibyte, 0x11));
  writer.write(mebibyte, Buffer.alloc(mebibyte, 0x22));
  for (const block of [0, 1]) writer.mark(block, 'absent');
  writer.close();
  return path;
}

/** A change that makes the table name these places for the first blocks; 0 for none. */
function tableOf(...places: number[]): LogChange {
  const data = Buffer.alloc(logSector);
  for (const [block, place] of places.entries()) {
    if (place > 0) encodeBlockEntry(payloadState.present, place).copy(data, block * 8);
  }
  return { offset: tableOffset, data };
}

async function withDisk<Result>(path: string, use: (image: DiskImage) => Promise<Result> | Result): Promise<Result> {
  const image = await openImage(path);
  try {
    return await use(image);
  } finally {
    await image.close();
  }
}

/** The first byte of each of the four blocks, and what is said of the log. */
async function look(path: string): Promise<{ bytes: number[]; state: string | undefined; replayed: string[] }> {
  return await withDisk(path, async image => {
    const bytes: number[] = [];
    for (let block = 0; block < 4; block++) bytes.push((await image.read(block * mebibyte + 5000, 1))[0] as number);
    const log = image.layers[0]?.log;
    return { bytes, state: log?.state, replayed: log?.entries.map(({ sequence }) => sequence) ?? [] };
  });
}

async function lookAt(name: string, entries: readonly PlacedEntry[]) {
  const path = makeDisk(name);
  putLog(path, entries);
  return await look(path);
}

const [one, two] = [firstBlock, firstBlock + mebibyte];

describe('the log of a VHDX', () => {
  it('is replayed from the tail of its newest entry on, in order', async () => {
    const entries = [
      { at: 0, sequence: 5n, changes: [tableOf(one)] },
      { at: 8192, sequence: 6n, tail: 0, changes: [tableOf(two, one)] },
      { at: 16384, sequence: 7n, tail: 8192, changes: [{ offset: tableOffset + logSector, zeros: logSector }] },
    ];
    expect(await lookAt('order.vhdx', entries)).toEqual({
      bytes: [0x22, 0x11, 0, 0],
      state: 'dirty',
      replayed: ['6', '7'],
    });
  });

  it('goes on at its beginning where it reaches its end, within an entry as well', async () => {
    const end = mebibyte - 3 * logSector;
    const entries = [
      { at: end, sequence: 2n ** 33n - 1n, changes: [tableOf(one)] },
      { at: end + 2 * logSector, sequence: 2n ** 33n, tail: end, changes: [tableOf(one, two)] },
      { at: logSector, sequence: 2n ** 33n + 1n, tail: end, changes: [tableOf(one, two, one)] },
    ];
    expect((await lookAt('ring.vhdx', entries)).bytes).toEqual([0x11, 0x22, 0x11, 0]);
  });

  it('may have a tail that lies behind entries which were applied long ago', async () => {
    const entries = [
      { at: 4096, sequence: 1n, changes: [tableOf(one)] },
      { at: 4096 + 8192, sequence: 2n, tail: 4096, changes: [tableOf(0, one)] },
    ];
    expect(await lookAt('long.vhdx', entries)).toMatchObject({ bytes: [0, 0x11, 0, 0], replayed: ['1', '2'] });
  });

  it.each<[string, (entry: Buffer) => void]>([
    ['whose data was not written', entry => entry.fill(0, 4096)],
    ['whose descriptors are of another entry', entry => entry.writeUInt8(3, 64 + 24)],
    ['with one wrong bit', entry => entry.writeUInt8(entry.readUInt8(6000) ^ 1, 6000)],
    ['whose data sector is of another one', entry => entry.writeUInt32LE(8, 8188)],
    ['of a length that the log has not', entry => entry.writeUInt32LE(2 * mebibyte, 8)],
    ['without a number', entry => entry.writeBigUInt64LE(0n, 16)],
  ])('leaves out a last entry %s', async (name, damage) => {
    const entries = [
      { at: 0, sequence: 1n, changes: [tableOf(one)] },
      { at: 8192, sequence: 2n, tail: 0, changes: [tableOf(two, two, two)], damage },
    ];
    const expected = { bytes: [0x11, 0, 0, 0], state: 'dirty', replayed: ['1'] };
    expect(await lookAt(`torn-${name.replaceAll(' ', '-')}.vhdx`, entries)).toEqual(expected);
  });

  it('leaves out entries of an earlier log and those from before the last one ended', async () => {
    const entries = [
      { at: 0, sequence: 9n, logId: guidOf(3), changes: [tableOf(two)] },
      { at: 8192, sequence: 3n, changes: [tableOf(one)] },
      // What stood here before has a higher number, but none that follows.
      { at: 16384, sequence: 2n, tail: 0, changes: [tableOf(two, two)] },
    ];
    expect(await lookAt('stale.vhdx', entries)).toEqual({ bytes: [0x11, 0, 0, 0], state: 'dirty', replayed: ['3'] });
  });

  it('is the sequence with the highest number of those that are whole', async () => {
    const entries = [
      { at: 0, sequence: 20n, changes: [tableOf(one)] },
      { at: 65536, sequence: 30n, tail: 32768, changes: [tableOf(two, two)] },
      { at: 131072, sequence: 10n, changes: [tableOf(two)] },
    ];
    expect(await lookAt('highest.vhdx', entries)).toMatchObject({ bytes: [0x11, 0, 0, 0], replayed: ['20'] });
  });

  it('is not replayed up to the middle of a sequence whose last entry has no tail in it', async () => {
    const entries = [
      { at: 0, sequence: 1n, changes: [tableOf(one)] },
      { at: 8192, sequence: 2n, tail: 65536, changes: [tableOf(one, two)] },
    ];
    expect(await lookAt('open-end.vhdx', entries)).toEqual({ bytes: [0, 0, 0, 0], state: 'idle', replayed: [] });
  });

  it('lets later changes win, whether they are data or zeros', async () => {
    const changes: LogChange[] = [
      tableOf(one, one, one, one),
      { offset: tableOffset, zeros: 3 * logSector },
      tableOf(0, two),
      { offset: tableOffset + logSector, zeros: 0 },
    ];
    expect((await lookAt('last-wins.vhdx', [{ at: 0, changes }])).bytes).toEqual([0, 0x22, 0, 0]);
  });

  it('gives back the first eight and the last four bytes of each sector', async () => {
    const path = makeDisk('edges.vhdx');
    // Sectors of a block belong in no log, but show every byte.
    const data = Buffer.from(Array.from({ length: logSector }, (_, index) => (index * 7) & 255));
    putLog(path, [
      {
        at: 0,
        changes: [{ offset: one, data }, tableOf(one, two), { offset: two + 2 * logSector, zeros: 2 * logSector }],
      },
    ]);
    await withDisk(path, async image => {
      expect((await image.read(0, logSector)).equals(data)).toBe(true);
      expect((await image.read(4090, 10)).equals(Buffer.from([...data.subarray(4090), 0x11, 0x11, 0x11, 0x11]))).toBe(
        true,
      );
      const around = await image.read(mebibyte + 2 * logSector - 100, 2 * logSector + 200);
      const expected = [Buffer.alloc(100, 0x22), Buffer.alloc(2 * logSector), Buffer.alloc(100, 0x22)];
      expect(around.equals(Buffer.concat(expected))).toBe(true);
    });
  });

  it('can hold an entry that changes nothing, and one of more descriptors than fit into a sector', async () => {
    const many: LogChange[] = Array.from({ length: 300 }, (_, index) => ({
      offset: tableOffset + (index % 200) * logSector,
      zeros: logSector,
    }));
    const entries = [
      { at: 0, sequence: 1n },
      { at: 4096, sequence: 2n, tail: 0, changes: [...many, tableOf(one)] },
      { at: 4096 * 5, sequence: 3n, tail: 0, changes: [] },
    ];
    expect(await lookAt('many.vhdx', entries)).toEqual({
      bytes: [0x11, 0, 0, 0],
      state: 'dirty',
      replayed: ['1', '2', '3'],
    });
  });

  it('makes the file as long as its newest entry says, and the rest of it zeros', async () => {
    const path = makeDisk('longer.vhdx');
    truncateSync(path, one + 8192);
    putLog(path, [{ at: 0, lastSize: two + 2 * mebibyte, changes: [tableOf(one, two + mebibyte)] }]);
    const size = statSync(path).size;
    await withDisk(path, async image => {
      expect(image.obstacles.map(({ code }) => code)).toEqual(['dirty_log']);
      const expected = Buffer.concat([Buffer.alloc(8192, 0x11), Buffer.alloc(2 * mebibyte - 8192)]);
      expect((await image.read(0, 2 * mebibyte)).equals(expected)).toBe(true);
    });
    expect(statSync(path).size).toBe(size);
  });

  it('makes the file longer where a change lies past its end', async () => {
    const path = makeDisk('extended.vhdx');
    const data = Buffer.alloc(logSector, 0x66);
    const far = firstBlock + 5 * mebibyte;
    const changes: LogChange[] = [
      tableOf(0, 0, far),
      { offset: far + 4096, data },
      { offset: far + 8192, zeros: mebibyte - 8192 },
    ];
    putLog(path, [{ at: 0, changes }]);
    expect((await look(path)).bytes).toEqual([0, 0, 0x66, 0]);
  });

  it('says that a file was cut short which is smaller than its newest entry knew it', async () => {
    const path = makeDisk('cut.vhdx');
    putLog(path, [{ at: 0, flushedSize: 64 * mebibyte, changes: [tableOf(one)] }]);
    await withDisk(path, image => {
      expect(image.obstacles).toContainEqual(expect.objectContaining({ code: 'truncated', blocking: true }));
    });
  });

  it('can hold the tables that are needed to open the file at all', async () => {
    const path = makeDisk('tables.vhdx');
    const items = encodeMetadata(listItems({ virtualSize: 2 * mebibyte, blockSize: 2 * mebibyte, sectorSize: 4096 }));
    const regions = encodeRegionTable([
      { id: regionIds.metadata, offset: 2 * mebibyte, length: mebibyte },
      { id: regionIds.blockTable, offset: tableOffset, length: mebibyte },
    ]);
    const sectors = (offset: number, bytes: Buffer): LogChange[] =>
      Array.from({ length: Math.ceil(bytes.length / logSector) }, (_, index) => {
        const data = Buffer.alloc(logSector);
        bytes.copy(data, 0, index * logSector);
        return { offset: offset + index * logSector, data };
      });
    const changes = [...sectors(2 * mebibyte, items), ...sectors(regionTableOffsets[0], regions), tableOf(one)];
    putLog(path, [
      { at: 0, sequence: 1n, changes: regionTableOffsets.map(offset => ({ offset, zeros: 65536 })) },
      { at: 4096, sequence: 2n, tail: 0, changes },
    ]);
    await withDisk(path, async image => {
      expect([image.virtualSize, image.sectorSize]).toEqual([2 * mebibyte, 4096]);
      const problems: string[] = [];
      await image.layers[0]?.verify?.({ report: ({ structure }) => problems.push(structure) });
      // The copy was set to zeros by the log.
      expect(problems).toEqual(['VHDX region table']);
    });
  });

  it('has nothing to replay where no entry of it is whole', async () => {
    expect(await lookAt('empty.vhdx', [])).toEqual({ bytes: [0, 0, 0, 0], state: 'idle', replayed: [] });
    const path = makeDisk('idle.vhdx');
    putLog(path, [{ at: 0, changes: [tableOf(one)], damage: entry => entry.fill(0, 4096) }]);
    await withDisk(path, image => {
      expect(image.obstacles).toMatchObject([{ code: 'not_closed', blocking: false }]);
    });
  });

  it('tells where its entries are and what they change', async () => {
    const path = makeDisk('told.vhdx');
    putLog(path, [
      { at: 0, sequence: 41n, changes: [tableOf(one)] },
      { at: 8192, sequence: 42n, tail: 0, changes: [tableOf(one), { offset: tableOffset + 8192, zeros: 8192 }] },
    ]);
    const before = readFileSync(path);
    await withDisk(path, image => {
      expect(image.layers[0]?.log).toEqual({
        state: 'dirty',
        offset: mebibyte,
        length: mebibyte,
        entries: [
          { sequence: '41', offset: mebibyte, length: 8192, writes: 1, zeroBytes: 0 },
          { sequence: '42', offset: mebibyte + 8192, length: 8192, writes: 1, zeroBytes: 8192 },
        ],
        totalEntries: 2,
      });
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is none where its length is zero', async () => {
    const path = makeDisk('no-length.vhdx');
    putLog(path, [], { logLength: 0 });
    expect((await look(path)).state).toBe('clean');
  });

  it.each([
    ['a version that is not known', { logVersion: 1 }, /version/],
    ['no place of its own', { logOffset: mebibyte / 2 }, /aligned/],
    ['a place past the end of the file', { logOffset: 2 ** 41 }, /end/],
    ['the place of the tables', { logOffset: 2 * mebibyte }, /over another region/],
    ['a length that is no multiple of a mebibyte', { logLength: 4096 }, /aligned/],
  ])('is refused when it has %s', async (name, fields, message) => {
    const path = makeDisk(`refused-${name.replaceAll(' ', '-')}.vhdx`);
    const file = new SparseFile(path, 'r+');
    const usual = { sequence: 9n, dataWriteId: guidOf(1), logId, logOffset: mebibyte, logLength: mebibyte };
    for (const offset of headerOffsets) file.write(offset, encodeHeader({ ...usual, ...fields }));
    file.close();
    await expect(openImage(path)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(message),
      data: { structure: 'VHDX log', offset: expect.any(Number) },
    });
    // Nothing is to be replayed then.
    const unlogged = new SparseFile(path, 'r+');
    for (const offset of headerOffsets) unlogged.write(offset, encodeHeader({ ...usual, ...fields, logId: undefined }));
    unlogged.close();
    if (!('logOffset' in fields)) expect((await look(path)).state).toBe('clean');
  });
});
