import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitRun } from '../../src/disk/source/bit-run.ts';
import type { ByteReader } from '../../src/disk/source/byte-reader.ts';
import { crc32c, crc32cWithout } from '../../src/disk/source/crc32c.ts';
import { type ReaderPages, TablePages, tablePageSize } from '../../src/disk/source/table-pages.ts';
import { paintChanges } from '../../src/disk/vhdx/paint-changes.ts';
import { patchFile } from '../../src/disk/vhdx/patched-file.ts';
import { sumCrc32c } from '../support/images/vhdx-layout.ts';

function memory(bytes: Buffer): ByteReader {
  const read: ByteReader['read'] = async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length));
  return { path: 'memory', size: bytes.length, read };
}

describe('the parts of the reader', () => {
  it('sum bytes as a second reckoning of the same sum does, in one piece or in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, cut) => {
        const sum = sumCrc32c(bytes);
        const at = cut % (bytes.length + 1);
        expect(crc32c(bytes)).toBe(sum);
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(sum);
        const structure = Buffer.concat([Buffer.alloc(8, 1), bytes]);
        const without = Buffer.from(structure);
        without.writeUInt32LE(0, 4);
        expect(crc32cWithout(structure, 4)).toBe(sumCrc32c(without));
      }),
    );
  });

  it('count equal bits as one would count them one by one', () => {
    const bits = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.array(fc.constantFrom(0, 255), { minLength: 1, maxLength: 40 }),
    );
    fc.assert(
      fc.property(bits, fc.nat(), fc.integer({ min: 1, max: 400 }), fc.boolean(), (list, place, count, lowest) => {
        const bytes = Uint8Array.from(list);
        const first = place % (bytes.length * 8);
        const isSet = (bit: number) => (((bytes[bit >> 3] as number) >> (lowest ? bit & 7 : 7 - (bit & 7))) & 1) === 1;
        let run = 1;
        while (run < count && first + run < bytes.length * 8 && isSet(first + run) === isSet(first)) run++;
        expect(bitRun(bytes, first, count, lowest ? 'lowest-first' : 'highest-first')).toEqual({
          set: isSet(first),
          run,
        });
      }),
    );
  });

  const changes = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 20 })), { maxLength: 30 });

  it('let later changes cover earlier ones as if they were made one after the other', () => {
    fc.assert(
      fc.property(changes, list => {
        const owner = new Array<number>(100).fill(-1);
        for (const [change, [start, length]] of list.entries()) owner.fill(change, start, start + length);
        const painted = paintChanges({
          count: list.length,
          starts: Float64Array.from(list, ([start]) => start),
          ends: Float64Array.from(list, ([start, length]) => start + length),
        });
        const seen = new Array<number>(100).fill(-1);
        let last = 0;
        for (const [index, start] of painted.starts.entries()) {
          const end = painted.ends[index] as number;
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          seen.fill(painted.changes[index] as number, start, end);
          last = end;
        }
        expect(seen).toEqual(owner);
      }),
    );
  });

  it('show a file as it would be with its changes made', async () => {
    const sector = 4096;
    const size = 8 * sector;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 9 }), fc.boolean(), fc.integer({ min: 1, max: 3 })), { maxLength: 8 }),
        fc.nat({ max: 12 * sector - 1 }),
        fc.nat({ max: 12 * sector }),
        async (list, from, count) => {
          const real = Buffer.alloc(size + list.length * sector, 'the file itself ');
          const whole = Buffer.alloc(12 * sector);
          real.copy(whole, 0, 0, Math.min(real.length, whole.length));
          const edges = Buffer.alloc(list.length * 12, 0xee);
          const places = list.map(([, isData], index) => (isData ? size + index * sector : -1));
          for (const [index, [place, isData, zeros]] of list.entries()) {
            if (!isData) whole.fill(0, place * sector, (place + zeros) * sector);
            else {
              whole.set(real.subarray(size + index * sector, size + (index + 1) * sector), place * sector);
              whole.fill(0xee, place * sector, place * sector + 8);
              whole.fill(0xee, (place + 1) * sector - 4, (place + 1) * sector);
            }
          }
          const starts = Float64Array.from(list, ([place]) => place * sector);
          const ends = Float64Array.from(list, ([place, isData, zeros]) => (place + (isData ? 1 : zeros)) * sector);
          const painted = paintChanges({ count: list.length, starts, ends });
          const patches = { ...painted, origins: starts, places: Float64Array.from(places), edges };
          const length = Math.min(count, 12 * sector - from);
          const bytes = await patchFile(memory(real), patches, 12 * sector).read(from, length);
          expect(bytes.equals(whole.subarray(from, from + length))).toBe(true);
        },
      ),
    );
  });

  it('keep pages of several files apart, and give one that is there at once', async () => {
    const bytes = [1, 2].map(value => Buffer.alloc(3 * tablePageSize + 100, value));
    const pages = new TablePages();
    const [one, two] = bytes.map(each => pages.of(memory(each))) as [ReaderPages, ReaderPages];
    const first = one.get(1);
    expect(first).toBeInstanceOf(Promise);
    expect(((await first) as Buffer)[0]).toBe(1);
    expect(((await two.get(1)) as Buffer)[0]).toBe(2);
    expect(one.get(1)).toBeInstanceOf(Buffer);
    expect(((await two.get(3)) as Buffer).length).toBe(100);
  });

  it('give a failed page to all who wait for it, and try again the next time', async () => {
    let failures = 1;
    const reader: ByteReader = {
      path: 'memory',
      size: tablePageSize,
      read: async (_, length) => {
        if (failures-- > 0) throw new Error('not now');
        return Buffer.alloc(length, 7);
      },
    };
    const pages = new TablePages().of(reader);
    const ends = await Promise.allSettled([pages.get(0), pages.get(0)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(((await pages.get(0)) as Buffer)[0]).toBe(7);
  });
});
