import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openImage } from '../../src/disk/open-image.ts';
import { blockDebug } from '../support/images/block-debug.ts';
import { logSector, mebibyte } from '../support/images/vhdx-layout.ts';
import { VhdxWriter } from '../support/images/vhdx-writer.ts';
import { expectSameAsRaw } from './support/expect-same-as-raw.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const scratch = useScratch();
/** More writes than any of the histories needs. */
const mostWrites = 120;

interface History {
  readonly title: string;
  readonly create: readonly string[];
  readonly size: string;
  /** What is on the disk before; this is written without a fault. */
  readonly before: readonly string[];
  readonly commands: readonly string[];
}

const histories: readonly History[] = [
  {
    title: 'new blocks of 1 MiB, writes within them and across their borders',
    create: ['-o', 'block_size=1M'],
    size: '64M',
    before: [],
    commands: ['write -P 0x5a 0 1M', 'write -P 0x33 3M 2M', 'write -P 0x44 512 1k', 'write -P 0x55 1500k 1M'],
  },
  {
    title: 'blocks of the size that QEMU chooses',
    create: [],
    size: '64M',
    before: ['write -P 1 0 20k'],
    commands: ['write -P 0x5a 5M 8M', 'write -P 0x66 6M 64k', 'write -P 1 40M 512', 'write -P 2 0 512'],
  },
  {
    title: 'entries around the first bitmap entry and the first pages of the table',
    create: ['-o', 'block_size=1M'],
    size: '9G',
    before: ['write -P 7 4095M 512', 'write -P 3 511M 512'],
    commands: ['write -P 0x5a 4095M 2M', 'write -P 9 8191M 3M', 'write -P 5 511M 2M'],
  },
  {
    title: 'a fixed disk, whose table never changes',
    create: ['-o', 'subformat=fixed,block_size=1M'],
    size: '9M',
    before: [],
    commands: ['write -P 0x5a 0 1M', 'write -P 0x33 8M 1M'],
  },
];

const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Runs commands on a disk whose writes fail from the `write`th on, as after a power cut. True when none was left to fail. */
function runUntilWrite(path: string, write: number, commands: readonly string[]): boolean {
  const node = { driver: 'vhdx', file: blockDebug(path, write) };
  const list = commands.flatMap(command => ['-c', command]);
  return spawnSync('qemu-io', ['-t', 'writethrough', ...list, `json:${JSON.stringify(node)}`]).status === 0;
}

describe.skipIf(!haveTools('qemu-img', 'qemu-io'))('VHDX files that QEMU left at every possible write', () => {
  it.each(histories)(
    'are read as QEMU reads them once it has repaired a copy: $title',
    async ({ create, size, before, commands }) => {
      const clean = scratch('clean.vhdx');
      runTool('qemu-img', 'create', '-q', '-f', 'vhdx', ...create, clean, size);
      for (const command of before) runTool('qemu-io', '-f', 'vhdx', '-c', command, clean);
      const seen: string[] = [];
      for (let write = 1; ; write++) {
        expect(write).toBeLessThan(mostWrites);
        const [path, copy, raw] = [scratch('cut.vhdx'), scratch('copy.vhdx'), scratch('copy.raw')];
        copyFileSync(clean, path);
        const complete = runUntilWrite(path, write, commands);
        const original = sum(path);
        copyFileSync(path, copy);
        runTool('qemu-img', 'check', '-q', '-r', 'all', copy);
        runTool('qemu-img', 'convert', '-f', 'vhdx', '-O', 'raw', copy, raw);
        const image = await openImage(path);
        try {
          await expectSameAsRaw(image, raw);
          for (const layer of image.layers) await layer.verify?.({ report: problem => expect.fail(problem.message) });
          seen.push(image.layers[0]?.log?.state ?? '');
        } finally {
          await image.close();
        }
        expect([write, sum(path)]).toEqual([write, original]);
        rmSync(raw);
        if (complete) break;
      }
      expect(seen.at(-1)).toBe('clean');
      if (!create.join().includes('fixed')) expect(seen).toEqual(expect.arrayContaining(['idle', 'dirty']));
    },
  );

  // QEMU does not ask where the tail of an entry is: of a log that goes on at its beginning it would replay the last part alone.
  it.each([
    ['a log of several entries', 0, 0],
    ['a log whose oldest entries are in their place already', 3, 2],
  ])('are read as QEMU reads them once it has repaired a copy: %s', async (_, firstEntrySector, applied) => {
    const [path, copy, raw] = [scratch('several.vhdx'), scratch('several-copy.vhdx'), scratch('several.raw')];
    const writer = new VhdxWriter(path, {
      virtualSize: 3000 * mebibyte,
      journal: { firstEntryAt: firstEntrySector * logSector, sequence: 2n ** 32n - 3n },
    });
    for (const [index, block] of [0, 600, 1, 2999, 601, 1200].entries()) {
      writer.write(block * mebibyte, Buffer.alloc(mebibyte - 4096 * index, index + 1));
      if (index === 5) writer.journal?.apply(applied);
      writer.journal?.commit();
    }
    writer.close({ dirty: true });
    copyFileSync(path, copy);
    runTool('qemu-img', 'check', '-q', '-r', 'all', copy);
    runTool('qemu-img', 'convert', '-f', 'vhdx', '-O', 'raw', copy, raw);
    const image = await openImage(path);
    try {
      expect(image.layers[0]?.log).toMatchObject({ state: 'dirty', totalEntries: 6 - applied });
      await expectSameAsRaw(image, raw);
    } finally {
      await image.close();
      rmSync(raw);
    }
  });
});
