import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openImage } from '../../src/disk/open-image.ts';
import type { VerifyProblem } from '../../src/model/image.ts';
import { SparseFile } from '../support/images/sparse-file.ts';
import {
  type DynamicHeaderFields,
  diskType,
  encodeDynamicHeader,
  encodeFooter,
  type FooterFields,
} from '../support/images/vhd-layout.ts';
import { VhdWriter } from '../support/images/vhd-writer.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
const mebibyte = 1024 * 1024;
const virtualSize = 8 * mebibyte;
const id = '0123456789abcdef0123456789abcdef';
let count = 0;

/** A dynamic disk of four blocks of 2 MiB, of which the first and the third are there. */
function makeDisk(change: (file: SparseFile, writer: VhdWriter) => void = () => {}): string {
  const path = scratch(`disk-${count++}.vhd`);
  const writer = new VhdWriter(path, { virtualSize, id });
  writer.write(0, Buffer.alloc(2 * mebibyte, 1));
  writer.write(4 * mebibyte, Buffer.alloc(2 * mebibyte, 3));
  writer.close();
  const file = new SparseFile(path, 'r+');
  change(file, writer);
  file.close();
  return path;
}

async function firstBytes(path: string): Promise<number[]> {
  const image = await openImage(path);
  try {
    const bytes = await Promise.all([0, 2, 4, 6].map(place => image.read(place * mebibyte + 700, 1)));
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

describe('the footers of a VHD', () => {
  it('may have 511 bytes, as Virtual PC once wrote them', async () => {
    const path = makeDisk();
    truncateSync(path, new SparseFile(path, 'r+').size - 1);
    expect(await firstBytes(path)).toEqual([1, 0, 3, 0]);
    expect(await verify(path)).toEqual([]);
  });

  it('are one for the other when one is damaged, which a check tells', async () => {
    const end = makeDisk(file => file.write(file.size - 500, Buffer.from('x')));
    expect(await firstBytes(end)).toEqual([1, 0, 3, 0]);
    expect(await verify(end)).toMatchObject([{ severity: 'warning', structure: 'VHD footer' }]);
    const start = makeDisk(file => file.write(100, Buffer.from('x')));
    expect(await firstBytes(start)).toEqual([1, 0, 3, 0]);
    expect(await verify(start)).toMatchObject([{ severity: 'warning', structure: 'VHD footer copy', offset: 0 }]);
    const none = makeDisk(file => {
      file.write(100, Buffer.from('x'));
      file.write(file.size - 500, Buffer.from('x'));
    });
    await expect(openImage(none, { format: 'vhd' })).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'VHD footer' },
    });
  });

  it.each<[string, Partial<FooterFields>]>([
    ['an unknown type', { type: 5 }],
    ['a disk of nothing', { virtualSize: 0 }],
    ['a disk of part of a sector', { virtualSize: 1000 }],
    ['a disk of exabytes', { virtualSize: 2 ** 60 }],
    ['a header past the end', { headerOffset: 2 ** 40 }],
    ['a header at no place', { headerOffset: 2 ** 63 }],
    ['the type of a fixed disk that is larger than the file', { type: diskType.fixed, virtualSize: 2 ** 30 }],
  ])('are refused with %s', async (_, fields) => {
    const footer = encodeFooter({ type: diskType.dynamic, virtualSize, id, ...fields });
    const path = makeDisk(file => {
      file.write(0, footer);
      file.write(file.size - 512, footer);
    });
    await expect(openImage(path)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringMatching(/^VHD /), offset: expect.any(Number) },
    });
  });
});

describe('the header and the table of a VHD', () => {
  const usual: DynamicHeaderFields = { tableOffset: 1536, entries: 4, blockSize: 2 * mebibyte };
  const withHeader = (fields: Partial<DynamicHeaderFields>) =>
    makeDisk(file => file.write(512, encodeDynamicHeader({ ...usual, ...fields })));
  const withEntry = (block: number, sector: number) =>
    makeDisk((file, writer) => {
      const entry = Buffer.alloc(4);
      entry.writeUInt32BE(sector);
      file.write(writer.tableOffset + block * 4, entry);
    });

  it.each<[string, Partial<DynamicHeaderFields>]>([
    ['too few entries', { entries: 3 }],
    ['more entries than the file has', { entries: 2 ** 32 - 1 }],
    ['blocks of no size', { blockSize: 0 }],
    ['blocks of 3 MiB', { blockSize: 3 * mebibyte }],
    ['blocks of half a gibibyte', { blockSize: 2 ** 29 }],
    ['a table past the end', { tableOffset: 2 ** 40 }],
    ['a table within a sector', { tableOffset: 1540 }],
  ])('are refused with %s', async (_, fields) => {
    await expect(openImage(withHeader(fields))).rejects.toMatchObject({
      code: 'invalid',
      data: {
        structure: expect.stringMatching(/VHD (dynamic header|block allocation table)/),
        offset: expect.any(Number),
      },
    });
  });

  it('are refused when they are damaged, whatever the copy of the footer says', async () => {
    const path = makeDisk(file => file.write(700, Buffer.from('x')));
    await expect(openImage(path)).rejects.toMatchObject({ code: 'invalid', data: { structure: 'VHD dynamic header' } });
  });

  it.each([
    ['a block over the header', 1],
    ['a block over the table', 3],
    ['a block past the end', 2 ** 31],
  ])('are refused where they name %s, and read elsewhere', async (_, sector) => {
    const path = withEntry(1, sector);
    const image = await openImage(path);
    expect((await image.read(0, 2 * mebibyte)).equals(Buffer.alloc(2 * mebibyte, 1))).toBe(true);
    await expect(image.read(2 * mebibyte, 512)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringMatching(/block/), offset: expect.any(Number) },
    });
    await image.close();
    expect((await verify(path)).filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  it('are told to name one place twice', async () => {
    const path = withEntry(3, 4);
    expect(await firstBytes(path)).toEqual([1, 0, 3, 1]);
    expect(await verify(path)).toMatchObject([
      { severity: 'error', structure: 'VHD block allocation table', offset: 2048 },
    ]);
  });

  it('may stand anywhere, with more entries than the disk needs', async () => {
    const path = makeDisk((file, writer) => {
      const place = file.size;
      const table = Buffer.alloc(4096, 0xff);
      file.read(writer.tableOffset, 16).copy(table);
      file.write(place, encodeDynamicHeader({ ...usual, tableOffset: place + 1024, entries: 1000 }));
      file.write(place + 1024, table);
      const footer = encodeFooter({ type: diskType.dynamic, virtualSize, id, headerOffset: place });
      file.write(0, footer);
      file.write(place + 1024 + 4096, footer);
    });
    expect(await firstBytes(path)).toEqual([1, 0, 3, 0]);
    expect(await verify(path)).toEqual([]);
  });
});
