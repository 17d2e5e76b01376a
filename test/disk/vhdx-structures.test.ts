import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openImage } from '../../src/disk/open-image.ts';
import type { VerifyProblem } from '../../src/model/image.ts';
import { SparseFile } from '../support/images/sparse-file.ts';
import {
  encodeBlockEntry,
  encodeHeader,
  encodeMetadata,
  encodeParentLocator,
  encodeRegionTable,
  guidOf,
  headerOffsets,
  itemFlag,
  itemIds,
  listItems,
  type MetadataItem,
  mebibyte,
  type RegionFields,
  regionIds,
  regionTableOffsets,
} from '../support/images/vhdx-layout.ts';
import { type VhdxOptions, VhdxWriter } from '../support/images/vhdx-writer.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
const virtualSize = 4 * mebibyte;
const metadataOffset = 2 * mebibyte;
const tableOffset = 3 * mebibyte;
const firstBlock = 4 * mebibyte;
const disk = { virtualSize, blockSize: mebibyte, sectorSize: 512 };
let count = 0;

/** A disk whose four blocks are full of their number, and what is done to its file afterwards. */
function makeDisk(change: (file: SparseFile) => void = () => {}, options: Partial<VhdxOptions> = {}): string {
  const path = scratch(`disk-${count++}.vhdx`);
  const writer = new VhdxWriter(path, { ...disk, ...options } as VhdxOptions);
  for (let block = 0; block < 4; block++) writer.write(block * mebibyte, Buffer.alloc(mebibyte, block + 1));
  writer.close();
  const file = new SparseFile(path, 'r+');
  change(file);
  file.close();
  return path;
}

const headerFields = { sequence: 5n, dataWriteId: guidOf(1), logOffset: mebibyte, logLength: mebibyte };

async function openAndClose(path: string) {
  const image = await openImage(path);
  await image.close();
  return image;
}

async function firstBytes(path: string): Promise<number[]> {
  const image = await openImage(path);
  try {
    const bytes = await Promise.all([0, 1, 2, 3].map(block => image.read(block * mebibyte + 700, 1)));
    return bytes.map(each => each[0] as number);
  } finally {
    await image.close();
  }
}

async function verify(path: string): Promise<VerifyProblem[]> {
  const image = await openImage(path);
  const problems: VerifyProblem[] = [];
  try {
    for (const layer of image.layers) await layer.verify?.({ report: problem => problems.push(problem) });
    return problems;
  } finally {
    await image.close();
  }
}

describe('the headers of a VHDX', () => {
  it('are as good as their newer one, whatever the older says', async () => {
    const path = makeDisk(file => {
      file.write(headerOffsets[0], encodeHeader({ ...headerFields, sequence: 8n, dataWriteId: guidOf(50) }));
      file.write(headerOffsets[1], encodeHeader({ ...headerFields, sequence: 7n, version: 2 }));
    });
    expect((await openAndClose(path)).layers[0]?.dataId).toBe(guidOf(50));
  });

  it('are refused when the newer one is of another version, even if the older is not', async () => {
    const path = makeDisk(file => {
      file.write(headerOffsets[0], encodeHeader({ ...headerFields, sequence: 8n, version: 2 }));
      file.write(headerOffsets[1], encodeHeader({ ...headerFields, sequence: 7n }));
    });
    await expect(openImage(path)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('version 2'),
      data: { structure: 'VHDX header', offset: headerOffsets[0] },
    });
  });

  it('are refused when both have the same number and differ, and taken when they are the same', async () => {
    const twins = (other: Partial<typeof headerFields>) =>
      makeDisk(file => {
        file.write(headerOffsets[0], encodeHeader(headerFields));
        file.write(headerOffsets[1], encodeHeader({ ...headerFields, ...other }));
      });
    expect(await firstBytes(twins({}))).toEqual([1, 2, 3, 4]);
    await expect(openImage(twins({ dataWriteId: guidOf(9) }))).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'VHDX header' },
    });
  });

  it('are refused when both are damaged', async () => {
    const path = makeDisk(file => {
      for (const offset of headerOffsets) file.write(offset + 300, Buffer.from('x'));
    });
    await expect(openImage(path)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'VHDX header', offset: headerOffsets[0] },
    });
  });

  it('are told to be damaged by a check, not by an open', async () => {
    const path = makeDisk(file => file.write(headerOffsets[0] + 2000, Buffer.from('x')));
    expect((await openAndClose(path)).obstacles).toEqual([]);
    expect(await verify(path)).toMatchObject([{ severity: 'warning', structure: 'VHDX header', offset: 65536 }]);
  });
});

describe('the region table of a VHDX', () => {
  const metadata = { id: regionIds.metadata, offset: metadataOffset, length: mebibyte };
  const table = { id: regionIds.blockTable, offset: tableOffset, length: mebibyte };
  const regions: readonly RegionFields[] = [metadata, table];
  const withRegions = (list: readonly RegionFields[]) =>
    makeDisk(file => {
      for (const offset of regionTableOffsets) file.write(offset, encodeRegionTable(list));
    });
  const other = guidOf(60);

  it('may list regions that nobody needs to know, and no others', async () => {
    const unknown = { id: other, offset: 40 * mebibyte, length: mebibyte };
    expect(await firstBytes(withRegions([{ ...unknown, required: false }, ...regions]))).toEqual([1, 2, 3, 4]);
    await expect(openImage(withRegions([...regions, unknown]))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(other),
    });
  });

  it('is taken from its copy when it is damaged, which a check tells', async () => {
    const path = makeDisk(file => file.write(regionTableOffsets[0] + 60_000, Buffer.from('x')));
    expect(await firstBytes(path)).toEqual([1, 2, 3, 4]);
    expect(await verify(path)).toMatchObject([{ severity: 'warning', structure: 'VHDX region table', offset: 196608 }]);
  });

  it.each<[string, readonly RegionFields[]]>([
    ['a region twice', [...regions, metadata]],
    ['regions over each other', [metadata, { ...table, offset: metadataOffset }]],
    ['a region over the headers', [metadata, { ...table, offset: 0 }]],
    ['a region past the end', [metadata, { ...table, offset: 2 ** 40 }]],
    ['no block table', [metadata]],
    ['a region of no length', [metadata, { ...table, length: 0 }]],
    ['a place between mebibytes', [metadata, { ...table, offset: tableOffset + 4096 }]],
  ])('is refused with %s', async (_, list) => {
    await expect(openImage(withRegions(list))).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringContaining('VHDX region'), offset: expect.any(Number) },
    });
  });
});

describe('the metadata of a VHDX', () => {
  const withItems = (items: readonly MetadataItem[]) =>
    makeDisk(file => file.write(metadataOffset, encodeMetadata(items)));
  const items = listItems(disk);
  const replace = (id: string, content: Buffer) => items.map(item => (item.id === id ? { ...item, content } : item));
  const number = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const size = (value: bigint) => Buffer.from(BigUint64Array.of(value).buffer);

  it('may hold items of users, even under the ids of the format itself', async () => {
    const own = { id: itemIds.virtualSize, flags: itemFlag.user, content: size(512n) };
    expect((await openAndClose(withItems([...items, own]))).virtualSize).toBe(virtualSize);
    expect((await openAndClose(withItems([own, ...items]))).virtualSize).toBe(virtualSize);
  });

  it.each<[string, readonly MetadataItem[]]>([
    ['an item twice', [...items, items[1] as MetadataItem]],
    ['a required item that is not known', [...items, { id: guidOf(61), flags: 4, content: number(1) }]],
    ['no sector size', items.filter(({ id }) => id !== itemIds.sectorSize)],
    ['sectors of 520 bytes', replace(itemIds.sectorSize, number(520))],
    ['blocks of half a mebibyte', replace(itemIds.fileParameters, Buffer.concat([number(524288), number(0)]))],
    ['blocks of 512 MiB', replace(itemIds.fileParameters, Buffer.concat([number(2 ** 29), number(0)]))],
    ['blocks of 3 MiB', replace(itemIds.fileParameters, Buffer.concat([number(3 * mebibyte), number(0)]))],
    ['a disk of nothing', replace(itemIds.virtualSize, size(0n))],
    ['a disk above 64 TiB', replace(itemIds.virtualSize, size(2n ** 46n + 512n))],
    ['a disk of part of a sector', replace(itemIds.virtualSize, size(4000n))],
    ['a table too short for its disk', replace(itemIds.virtualSize, size(2n ** 40n))],
    ['a parent without a locator', replace(itemIds.fileParameters, Buffer.concat([number(mebibyte), number(2)]))],
    ['an item that is too short', replace(itemIds.virtualSize, number(4096))],
  ])('is refused with %s', async (_, list) => {
    await expect(openImage(withItems(list))).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringMatching(/VHDX (metadata|block allocation table)/), offset: expect.any(Number) },
    });
  });

  it('may take 64 TiB and no more', async () => {
    const path = scratch('largest.vhdx');
    const writer = new VhdxWriter(path, { virtualSize: 2 ** 46, blockSize: 256 * mebibyte });
    writer.write(2 ** 46 - 512, Buffer.alloc(512, 7));
    writer.close();
    const image = await openImage(path);
    expect(
      (await image.read(2 ** 46 - 1024, 1024)).equals(Buffer.concat([Buffer.alloc(512), Buffer.alloc(512, 7)])),
    ).toBe(true);
    await image.close();
  });

  it('has a parent locator of a kind that is known, with an id of the parent', async () => {
    const parent = { parent_linkage: `{${guidOf(1)}}`, relative_path: 'disk-0.vhdx' };
    for (const locator of [
      encodeParentLocator(parent, guidOf(62)),
      encodeParentLocator({ ...parent, parent_linkage: '{0}' }),
      encodeParentLocator({ ...parent, parent_linkage: '{00000000-0000-0000-0000-000000000000}' }),
    ]) {
      await expect(openImage(withItems(listItems({ ...disk, locator })))).rejects.toMatchObject({
        code: 'invalid',
        data: { structure: 'VHDX metadata' },
      });
    }
  });

  it('gives the same sector size as that of the parent', async () => {
    const base = makeDisk(() => {}, { sectorSize: 4096, dataWriteId: guidOf(70) });
    const parent = { parent_linkage: guidOf(70), relative_path: basename(base) };
    const child = makeDisk(() => {}, { parent });
    await expect(openImage(child)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'VHDX metadata', offset: metadataOffset, sectorSize: 512, parentSectorSize: 4096 },
    });
  });
});

describe('the block allocation table of a VHDX', () => {
  const withEntry = (block: number, state: number, offset: number) =>
    makeDisk(file => file.write(tableOffset + block * 8, encodeBlockEntry(state, offset)));

  it.each([
    ['a state that is not known', 4, firstBlock],
    ['a block over the headers', 6, 0],
    ['a block over the log', 6, mebibyte],
    ['a block over the table', 6, tableOffset],
    ['a block past the end of the file', 6, 2 ** 40],
    ['a block where no file reaches', 6, 2 ** 63],
    ['a part of a block without its bitmap', 7, firstBlock],
  ])('is refused where it has %s, and read elsewhere', async (_, state, offset) => {
    const path = withEntry(1, state, offset);
    const image = await openImage(path);
    expect((await image.read(0, mebibyte)).equals(Buffer.alloc(mebibyte, 1))).toBe(true);
    await expect(image.read(mebibyte + 512, 512)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringMatching(/block/), offset: expect.any(Number) },
    });
    await image.close();
    expect((await verify(path)).filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  it('is told to name one place twice', async () => {
    const path = withEntry(1, 6, firstBlock);
    expect(await verify(path)).toMatchObject([
      { severity: 'error', structure: 'VHDX block allocation table', offset: tableOffset + 8 },
    ]);
    // The format does not allow it, yet nothing is in the way of reading it.
    expect(await firstBytes(path)).toEqual([1, 1, 3, 4]);
  });

  it('is not checked any further once a thousand of its entries are wrong', async () => {
    const path = scratch('wrong.vhdx');
    const writer = new VhdxWriter(path, { virtualSize: 5000 * mebibyte });
    for (let block = 0; block < 4000; block++) writer.patchTable(writer.entryOffset(block), encodeBlockEntry(5 - 1, 0));
    writer.close();
    expect(await verify(path)).toHaveLength(1000);
  });

  it('reads zeros where a draft of the format said "unmapped"', async () => {
    expect(await firstBytes(withEntry(2, 5, 0))).toEqual([1, 2, 0, 4]);
  });
});
