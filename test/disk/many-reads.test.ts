import { describe, expect, it } from 'vitest';
import { openImage } from '../../src/disk/open-image.ts';
import { guidOf, mebibyte } from '../support/images/vhdx-layout.ts';
import { VhdxWriter } from '../support/images/vhdx-writer.ts';
import { DiskModel, patternAt } from './support/disk-model.ts';
import { Random } from './support/fuzz.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
// Its tables have 1024 pages in each file, twice as many as are kept of all files together.
const virtualSize = 8 * 2 ** 40;

/** A base and a child that hold parts of the same blocks, spread over the whole disk. */
function makeChain(): { path: string; model: DiskModel; offsets: number[] } {
  const random = new Random(7);
  const offsets = Array.from(
    { length: 400 },
    () => random.next(virtualSize / mebibyte) * mebibyte + 512 * random.next(1000),
  );
  const base = new VhdxWriter(scratch('base.vhdx'), { virtualSize, dataWriteId: guidOf(1) });
  const parent = { parent_linkage: guidOf(1), relative_path: 'base.vhdx' };
  const path = scratch('child.avhdx');
  const child = new VhdxWriter(path, { virtualSize, dataWriteId: guidOf(2), parent });
  const below = new DiskModel(virtualSize);
  const model = new DiskModel(virtualSize, below);
  for (const [index, offset] of offsets.entries()) {
    const content = patternAt(index, offset, 4096);
    base.write(offset, content);
    below.write(offset, content);
    const own = patternAt(index + 1000, offset, 1024);
    child.write(offset + 1536, own);
    model.write(offset + 1536, own);
  }
  base.close();
  child.close();
  return { path, model, offsets };
}

describe('many reads at once', () => {
  const { path, model, offsets } = makeChain();

  it('are answered each with its own bytes, although the tables do not all fit into memory', async () => {
    const image = await openImage(path);
    const random = new Random(1);
    try {
      const wanted = Array.from({ length: 1500 }, () => ({
        offset: random.pick(offsets) + random.next(3000),
        length: 1 + random.next(3000),
      }));
      const read = await Promise.all(wanted.map(({ offset, length }) => image.read(offset, length)));
      const wrong = wanted.filter(({ offset, length }, index) => !read[index]?.equals(model.read(offset, length)));
      expect(wrong).toEqual([]);
    } finally {
      await image.close();
    }
  });

  it('end with an answer or a Fault each when the image is closed in their midst', async () => {
    const image = await openImage(path);
    const reads = offsets.map(offset => image.read(offset, 4096));
    const closed = image.close();
    const ends = await Promise.allSettled(reads);
    await closed;
    for (const [index, end] of ends.entries()) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ name: 'Fault', code: 'failed' });
      else expect(end.value.equals(model.read(offsets[index] as number, 4096))).toBe(true);
    }
  });

  it('end soon when they are cancelled', async () => {
    const image = await openImage(path);
    const controller = new AbortController();
    const reads = offsets.map(offset => image.read(offset, 4096, controller.signal));
    controller.abort();
    const ends = await Promise.allSettled(reads);
    const rejected = ends.filter(end => end.status === 'rejected');
    for (const { reason } of rejected) expect(reason).toMatchObject({ name: 'Fault', code: 'cancelled' });
    expect(rejected.length).toBeGreaterThan(0);
    // The next ones do not suffer from it.
    const [first] = offsets as [number];
    expect((await image.read(first, 4096)).equals(model.read(first, 4096))).toBe(true);
    await image.close();
  });
});
