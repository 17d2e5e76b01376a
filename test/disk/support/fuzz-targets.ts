import { SparseFile } from '../../support/images/sparse-file.ts';
import { footerSumField, headerSumField, sealVhd } from '../../support/images/vhd-layout.ts';
import { VhdWriter } from '../../support/images/vhd-writer.ts';
import {
  guidOf,
  headerOffsets,
  kibibyte,
  logSector,
  mebibyte,
  regionTableOffsets,
  sealVhdx,
} from '../../support/images/vhdx-layout.ts';
import { VhdxWriter } from '../../support/images/vhdx-writer.ts';
import { patternAt } from './disk-model.ts';
import type { FuzzTarget } from './fuzz.ts';
import { type Field, MutableImage, type Sealed } from './mutable-image.ts';

type NameFile = (name: string) => string;
type Shape = readonly [offset: number, length: number];

/** Fields at fixed distances from a place. */
const at = (offset: number, shapes: readonly Shape[]): Field[] =>
  shapes.map(([distance, length]) => ({ offset: offset + distance, length }));
const repeat = (count: number, make: (index: number) => Field[]): Field[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat();

const headerShape: readonly Shape[] = [
  [0, 4],
  [8, 8],
  [32, 16],
  [48, 16],
  [64, 2],
  [66, 2],
  [68, 4],
  [72, 8],
];
const entryShape: readonly Shape[] = [
  [0, 4],
  [8, 4],
  [12, 4],
  [16, 8],
  [24, 4],
  [32, 16],
  [48, 8],
  [56, 8],
];
const descriptorShape: readonly Shape[] = [
  [0, 4],
  [4, 4],
  [8, 8],
  [16, 8],
  [24, 8],
];

/** Where the entries of a log are, as the writer put them down. */
interface LogEntryPlace {
  readonly offset: number;
  readonly length: number;
  readonly descriptors: number;
}

function findLogEntries(path: string, offset: number, length: number): LogEntryPlace[] {
  const file = new SparseFile(path, 'r+');
  const found: LogEntryPlace[] = [];
  for (let place = offset; place < offset + length; place += logSector) {
    const head = file.read(place, 64);
    // One that goes on at the beginning of the ring has no sum that is easily mended.
    if (head.toString('latin1', 0, 4) !== 'loge' || place + head.readUInt32LE(8) > offset + length) continue;
    found.push({ offset: place, length: head.readUInt32LE(8), descriptors: head.readUInt32LE(24) });
  }
  file.close();
  return found;
}

/** A damaged VHDX: `damaged` is the file, `opened` what is opened, which may be a child of it. */
function targetVhdx(writer: VhdxWriter, opened: string): FuzzTarget {
  const { path } = writer.file;
  const { logOffset, logLength, metadataOffset, tableOffset, tableLength, blocks, blockSize } = writer;
  const log = findLogEntries(path, logOffset, logLength);
  const sealed: Sealed[] = [
    ...headerOffsets.map(offset => ({ offset, length: 4096, seal: sealVhdx })),
    ...regionTableOffsets.map(offset => ({ offset, length: 64 * kibibyte, seal: sealVhdx })),
    ...log.map(({ offset, length }) => ({ offset, length, seal: sealVhdx })),
  ];
  const items = metadataOffset + 64 * kibibyte;
  const shown = Math.min(blocks, 24);
  const fields: Field[] = [
    ...headerOffsets.flatMap(offset => at(offset, headerShape)),
    ...regionTableOffsets.flatMap(offset =>
      at(offset, [
        [0, 4],
        [8, 4],
      ]),
    ),
    ...regionTableOffsets.flatMap(offset =>
      repeat(2, index =>
        at(offset + 16 + index * 32, [
          [0, 16],
          [16, 8],
          [24, 4],
          [28, 4],
        ]),
      ),
    ),
    ...at(metadataOffset, [
      [0, 8],
      [10, 2],
    ]),
    ...repeat(6, index =>
      at(metadataOffset + 32 + index * 32, [
        [0, 16],
        [16, 4],
        [20, 4],
        [24, 4],
      ]),
    ),
    ...at(items, [
      [0, 4],
      [4, 4],
      [8, 8],
      [16, 4],
      [20, 4],
      [40, 16],
      [58, 2],
      [60, 4],
      [64, 4],
      [68, 2],
      [70, 2],
      [72, 12],
      [100, 200],
    ]),
    ...repeat(shown, index => [{ offset: writer.entryOffset(index), length: 8 }]),
    { offset: writer.bitmapEntryOffset(0), length: 8 },
    ...log.flatMap(({ offset, length, descriptors }) => [
      ...at(offset, entryShape),
      ...repeat(Math.min(descriptors, 6), index => at(offset + 64 + index * 32, descriptorShape)),
      ...at(offset + length - logSector, [
        [0, 4],
        [4, 4],
        [8, 8],
        [200, 64],
        [4092, 4],
      ]),
    ]),
    ...(log.length > 0 ? at(log[0]?.offset ?? 0, [[4096, 4096]]) : []),
    // Where the bitmap of a differencing disk stands: the first thing that is allocated behind a block.
    { offset: tableOffset + tableLength + blockSize, length: 64 },
  ].filter(({ offset, length }) => offset + length <= Math.min(writer.file.size, 12 * mebibyte));
  const image = new MutableImage(path, sealed);
  const places = [
    0,
    logOffset,
    logLength,
    metadataOffset,
    tableOffset,
    tableOffset + tableLength,
    image.size,
    image.size - mebibyte,
    65536,
  ];
  const ends = [blockSize, writer.virtualSize, items, ...log.map(({ offset }) => offset - logOffset)];
  return { image, path: opened, options: { format: 'vhdx' }, fields, places: [...places, ...ends], bigEndian: false };
}

interface Recipe {
  readonly virtualSize?: number;
  readonly blockSize?: number;
  readonly sectorSize?: 512 | 4096;
  readonly journal?: boolean;
  readonly fixed?: boolean;
}

/** A VHDX with some blocks, parts of blocks when it has a parent, and some entries in its log. */
function makeVhdx(path: string, id: number, recipe: Recipe, parent?: string): VhdxWriter {
  const { virtualSize = 6 * mebibyte, journal = false, blockSize, sectorSize = 512, fixed } = recipe;
  const locator = parent && {
    parent_linkage: `{${guidOf(id - 1)}}`,
    relative_path: `.\\${parent}`,
    absolute_win32_path: `C:\\vms\\${parent}`,
  };
  const writer = new VhdxWriter(path, {
    virtualSize,
    blockSize,
    sectorSize,
    fixed,
    dataWriteId: guidOf(id),
    ...(locator && { parent: locator }),
    ...(journal && { journal: { firstEntryAt: mebibyte - 5 * logSector } }),
  });
  writer.write(0, patternAt(id, 0, 3 * sectorSize));
  writer.journal?.commit();
  writer.journal?.apply(1);
  if (!fixed) writer.mark(1, 'zero');
  // A sector of the table that is all zeros stands in the log as such.
  writer.patchTable(writer.tableOffset + 3 * logSector, Buffer.alloc(8));
  writer.write(2 * writer.blockSize, patternAt(id, 0, 65536));
  writer.journal?.commit();
  writer.write(virtualSize - sectorSize, patternAt(id, 7, sectorSize));
  writer.write(2 * writer.blockSize + 80 * sectorSize, patternAt(id, 9, sectorSize));
  writer.journal?.commit();
  writer.close({ dirty: journal });
  return writer;
}

/** All kinds of VHDX that are worth damaging. */
export function makeVhdxTargets(nameFile: NameFile): Record<string, FuzzTarget> {
  const dynamic = makeVhdx(nameFile('dynamic.vhdx'), 1, {});
  const dirty = makeVhdx(nameFile('dirty.vhdx'), 1, { journal: true });
  const base = makeVhdx(nameFile('base.vhdx'), 1, { journal: true });
  const child = makeVhdx(nameFile('child.avhdx'), 2, { journal: true }, 'base.vhdx');
  const lower = makeVhdx(nameFile('lower.vhdx'), 1, {});
  const upper = makeVhdx(nameFile('upper.avhdx'), 2, { sectorSize: 512 }, 'lower.vhdx');
  const large = makeVhdx(nameFile('large.vhdx'), 1, {
    virtualSize: 2 ** 43,
    blockSize: 256 * mebibyte,
    sectorSize: 4096,
    journal: true,
  });
  const fixed = makeVhdx(nameFile('fixed.vhdx'), 1, { virtualSize: 3 * mebibyte, fixed: true });
  return {
    'a dynamic VHDX': targetVhdx(dynamic, dynamic.file.path),
    'a VHDX with a log to replay': targetVhdx(dirty, dirty.file.path),
    'a differencing VHDX with a log to replay': targetVhdx(child, child.file.path),
    'the parent of a VHDX': targetVhdx(base, child.file.path),
    'a differencing VHDX': targetVhdx(upper, upper.file.path),
    'the clean parent of a VHDX': targetVhdx(lower, upper.file.path),
    'a fixed VHDX': targetVhdx(fixed, fixed.file.path),
    'a large VHDX': targetVhdx(large, large.file.path),
  };
}

function targetVhd(writer: VhdWriter, opened: string): FuzzTarget {
  const size = writer.file.size;
  const seal = (field: number) => (structure: Buffer) => sealVhd(structure, field);
  const file = new SparseFile(writer.file.path, 'r+');
  const isFixed = file.read(0, 8).toString('latin1') !== 'conectix';
  const footers = isFixed ? [size - 512] : [0, size - 512];
  const sealed: Sealed[] = [
    ...footers.map(offset => ({ offset, length: 512, seal: seal(footerSumField) })),
    ...(isFixed ? [] : [{ offset: 512, length: 1024, seal: seal(headerSumField) }]),
  ];
  const firstBlock = file.read(writer.tableOffset, 4).readUInt32BE() * 512;
  file.close();
  const fields: Field[] = [
    ...footers.flatMap(offset =>
      at(offset, [
        [0, 8],
        [16, 8],
        [28, 4],
        [40, 8],
        [48, 8],
        [56, 4],
        [60, 4],
        [68, 16],
      ]),
    ),
    ...(isFixed
      ? []
      : [
          ...at(512, [
            [0, 8],
            [16, 8],
            [28, 4],
            [32, 4],
            [40, 16],
            [64, 512],
          ]),
          ...repeat(3, index =>
            at(512 + 576 + index * 24, [
              [0, 4],
              [4, 4],
              [8, 4],
              [16, 8],
            ]),
          ),
          ...repeat(Math.min(writer.blocks, 16), index => at(writer.tableOffset + index * 4, [[0, 4]])),
          ...at(writer.tableOffset + 512, [[0, 64]]),
          ...at(firstBlock, [[0, 64]]),
        ]),
  ].filter(({ offset, length }) => offset + length <= size);
  const image = new MutableImage(writer.file.path, sealed);
  const places = [0, 512, 1536, 2048, firstBlock, firstBlock / 512, size, size - 512, size / 512, 2 ** 21, 2 ** 32 - 1];
  return { image, path: opened, options: { format: 'vhd' }, fields, places: places.map(Math.floor), bigEndian: true };
}

function makeVhd(path: string, id: number, fixed: boolean, parent?: string): VhdWriter {
  const virtualSize = fixed ? 65536 : 5 * mebibyte;
  const hex = (number: number) => String(number).padStart(32, '0');
  const writer = new VhdWriter(path, {
    virtualSize,
    blockSize: 256 * kibibyte,
    fixed,
    id: hex(id),
    ...(parent && {
      parent: {
        id: hex(id - 1),
        name: parent,
        locators: [
          { platform: 'W2ru', text: `.\\${parent}` },
          { platform: 'W2ku', text: `C:\\vms\\${parent}` },
        ],
      },
    }),
  });
  writer.write(0, patternAt(id, 0, 1536));
  writer.write(40_960, patternAt(id, 1, 512));
  writer.write(virtualSize - 512, patternAt(id, 2, 512));
  writer.close();
  return writer;
}

/** All kinds of VHD that are worth damaging. */
export function makeVhdTargets(nameFile: NameFile): Record<string, FuzzTarget> {
  const dynamic = makeVhd(nameFile('dynamic.vhd'), 1, false);
  const base = makeVhd(nameFile('base.vhd'), 1, false);
  const child = makeVhd(nameFile('child.avhd'), 2, false, 'base.vhd');
  const fixed = makeVhd(nameFile('fixed.vhd'), 1, true);
  return {
    'a dynamic VHD': targetVhd(dynamic, dynamic.file.path),
    'a differencing VHD': targetVhd(child, child.file.path),
    'the parent of a VHD': targetVhd(base, child.file.path),
    'a fixed VHD': targetVhd(fixed, fixed.file.path),
  };
}
