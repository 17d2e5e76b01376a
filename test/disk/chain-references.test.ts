import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openImage } from '../../src/disk/open-image.ts';
import { VhdWriter } from '../support/images/vhd-writer.ts';
import { guidOf } from '../support/images/vhdx-layout.ts';
import { VhdxWriter } from '../support/images/vhdx-writer.ts';
import { expectSameAsRaw } from './support/expect-same-as-raw.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();
const layers = 3;

interface Kind {
  readonly title: string;
  readonly format: 'vhdx' | 'vhd';
  readonly sectorSize: 512 | 4096;
  readonly blockSize: number;
  readonly size: number;
}

const kinds: readonly Kind[] = [
  { title: 'VHDX, 1 MiB blocks', format: 'vhdx', sectorSize: 512, blockSize: mebibyte, size: 21 * mebibyte + 4096 },
  {
    title: 'VHDX, 32 MiB blocks, sectors of 4096 bytes',
    format: 'vhdx',
    sectorSize: 4096,
    blockSize: 32 * mebibyte,
    size: 100 * mebibyte,
  },
  { title: 'VHD, 2 MiB blocks', format: 'vhd', sectorSize: 512, blockSize: 2 * mebibyte, size: 21 * mebibyte + 4096 },
  { title: 'VHD, 512 KiB blocks', format: 'vhd', sectorSize: 512, blockSize: mebibyte / 2, size: 21 * mebibyte },
];

interface Change {
  readonly layer: number;
  readonly offset: number;
  readonly length: number;
  /** What the range is filled with; undefined: a block that the file calls zero. */
  readonly byte: number | undefined;
}

interface HistoryOptions {
  /** With blocks that a file calls zero. */
  readonly zeros: boolean;
  /** What all changes are multiples of. */
  readonly unit: number;
}

/** Parts of blocks, whole ones and stretches over their borders, in every layer. */
function makeHistory({ size, blockSize, format }: Kind, { zeros, unit }: HistoryOptions): Change[] {
  let state = 12345;
  const pick = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const changes: Change[] = [];
  const units = size / unit;
  for (let layer = 0; layer < layers; layer++) {
    for (let count = 0; count < 24; count++) {
      const first = pick(units);
      const length = Math.min(1 + pick(count % 4 === 0 ? 3000 : 24), units - first);
      changes.push({
        layer,
        offset: first * unit,
        length: length * unit,
        byte: 1 + layer * 80 + count,
      });
    }
    const block = pick(Math.floor(size / blockSize));
    if (zeros && format === 'vhdx' && layer > 0) {
      changes.push({ layer, offset: block * blockSize, length: blockSize, byte: undefined });
    }
    changes.push({ layer, offset: (block + 0.5) * blockSize, length: unit * 5, byte: 200 + layer });
  }
  return changes.filter(({ offset, length }) => offset + length <= size);
}

function makeChain(kind: Kind, history: readonly Change[], name: string): string[] {
  const files: string[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const path = scratch(`${name}-${layer}.${layer === 0 ? '' : 'a'}${kind.format}`);
    const last = files.at(-1);
    const below = last && basename(last);
    const writer = kind.format === 'vhdx' ? openVhdx(kind, layer, path, below) : openVhd(kind, layer, path, below);
    for (const { offset, length, byte } of history.filter(change => change.layer === layer)) {
      if (byte !== undefined) writer.write(offset, Buffer.alloc(length, byte));
      else if (writer instanceof VhdxWriter) writer.mark(offset / kind.blockSize, layer === 1 ? 'zero' : 'unmapped');
    }
    writer.close();
    files.push(path);
  }
  return files;
}

function openVhdx({ size, blockSize, sectorSize }: Kind, layer: number, path: string, below?: string): VhdxWriter {
  const parent = { parent_linkage: `{${guidOf(layer)}}`, relative_path: `.\\${below}` };
  const dataWriteId = guidOf(layer + 1);
  return new VhdxWriter(path, { virtualSize: size, blockSize, sectorSize, dataWriteId, ...(below && { parent }) });
}

function openVhd({ size, blockSize }: Kind, layer: number, path: string, below?: string): VhdWriter {
  const id = (number: number) => String(number).padStart(32, '0');
  const parent = { id: id(layer), name: below, locators: [{ platform: 'W2ru', text: `.\\${below}` }] };
  return new VhdWriter(path, { virtualSize: size, blockSize, id: id(layer + 1), ...(below && { parent }) });
}

/** The same history on a raw disk and overlays of QEMU's own format, flattened. */
function flattenByQemu({ size }: Kind, history: readonly Change[], target: string): void {
  const files: string[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const path = scratch(`reference-${layer}.${layer === 0 ? 'raw' : 'qcow2'}`);
    const [below, format] = [files.at(-1), layer === 0 ? 'raw' : 'qcow2'];
    if (below === undefined) {
      writeFileSync(path, '');
      truncateSync(path, size);
    } else {
      runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', below, '-F', layer === 1 ? 'raw' : 'qcow2', path);
    }
    const commands = history
      .filter(change => change.layer === layer)
      .flatMap(({ offset, length, byte }) => [
        '-c',
        byte === undefined ? `write -z ${offset} ${length}` : `write -P ${byte} ${offset} ${length}`,
      ]);
    runTool('qemu-io', '-f', format, ...commands, path);
    files.push(path);
  }
  runTool('qemu-img', 'convert', '-O', 'raw', files.at(-1) as string, target);
  for (const file of files) rmSync(file);
}

async function expectChainIs(files: readonly string[], raw: string): Promise<void> {
  const image = await openImage(files.at(-1) as string);
  try {
    expect(image.parents).toEqual(files.slice(0, -1).reverse());
    expect(image.obstacles).toEqual([]);
    await expectSameAsRaw(image, raw);
    for (const layer of image.layers) await layer.verify?.({ report: problem => expect.fail(problem.message) });
  } finally {
    await image.close();
    rmSync(raw);
  }
}

describe.skipIf(!haveTools('qemu-img', 'qemu-io'))('chains three deep with partly written blocks', () => {
  it.each(kinds)('are what QEMU makes of the same history: $title', async kind => {
    const history = makeHistory(kind, { zeros: true, unit: kind.sectorSize });
    const files = makeChain(kind, history, 'qemu');
    const raw = scratch('flat.raw');
    flattenByQemu(kind, history, raw);
    await expectChainIs(files, raw);
  });

  it.skipIf(!haveTools('7zz')).each(kinds)('are what 7-Zip reads: $title', async kind => {
    const files = makeChain(kind, makeHistory(kind, { zeros: true, unit: kind.sectorSize }), 'zip');
    const raw = scratch('zip.raw');
    const output = openSync(raw, 'w');
    execFileSync('7zz', ['e', '-so', files.at(-1) as string], { stdio: ['ignore', output, 'pipe'] });
    closeSync(output);
    await expectChainIs(files, raw);
  });

  // It takes blocks that a child calls zero for those of the parent, and in a VHD all sectors for zero that share a byte of the
  // bitmap with one that is there: the specifications, QEMU and 7-Zip say otherwise, so that such changes are left out.
  it.for(kinds)('are what libvhdi reads: $title', async (kind, { skip }) => {
    const python = findLibvhdi() ?? skip('needs the Python module of libvhdi (python3-libvhdi)');
    const files = makeChain(kind, makeHistory(kind, { zeros: false, unit: 4096 }), 'libvhdi');
    const [raw, script] = [scratch('libvhdi.raw'), scratch('read.py')];
    writeFileSync(script, readWithLibvhdi);
    runTool(python, script, raw, ...files);
    await expectChainIs(files, raw);
  });
});

const readWithLibvhdi = `
import sys, pyvhdi
parent = None
kept = []
for path in sys.argv[2:]:
    image = pyvhdi.file()
    image.open(path)
    if parent:
        image.set_parent(parent)
    kept.append(image)
    parent = image
with open(sys.argv[1], 'wb') as target:
    left = parent.get_media_size()
    while left > 0:
        part = parent.read_buffer(min(left, 1 << 20))
        target.write(part)
        left -= len(part)
`;

/** A Python that has the module of libvhdi. */
function findLibvhdi(): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(program => {
    try {
      execFileSync(program, ['-c', 'import pyvhdi'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
