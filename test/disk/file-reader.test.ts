import { truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fill } from '../../src/disk/source/byte-reader.ts';
import { openFile } from '../../src/disk/source/open-file.ts';
import { ReadTempo } from '../../src/disk/source/read-tempo.ts';
import { patchFile } from '../../src/disk/vhdx/patched-file.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
const content = Buffer.alloc(200_000);
for (let at = 0; at < content.length; at++) content[at] = 1 + (at % 251);
const path = scratch('file.img');
writeFileSync(path, content);

type Fill = Parameters<typeof fill>[0];
const filled = (reader: Fill, length: number, offset: number) => {
  const target = Buffer.alloc(length + 20, 0xee);
  return new Promise<Buffer>((resolve, reject) =>
    fill(reader, target, 10, length, offset, error => {
      if (error !== undefined) return reject(error);
      expect([target.subarray(0, 10), target.subarray(-10)]).toEqual([Buffer.alloc(10, 0xee), Buffer.alloc(10, 0xee)]);
      resolve(target.subarray(10, -10));
    }),
  );
};

describe('filling memory from a file', () => {
  it('gives just those bytes, from any reader, at once or from another thread', async () => {
    const file = await openFile(path);
    const plain = { path, size: file.size, read: file.read.bind(file) };
    for (const reader of [file, plain]) {
      const reads = Array.from({ length: 200 }, (_, index) => [index * 777, (index * 13) % 5000] as const);
      const right = await Promise.all(
        reads.map(async ([offset, length]) =>
          (await filled(reader, length, offset)).equals(content.subarray(offset, offset + length)),
        ),
      );
      expect(right).not.toContain(false);
    }
    await file.close();
  });

  it('fails past the end, and once the file is closed', async () => {
    const file = await openFile(path);
    await expect(filled(file, 2, content.length - 1)).rejects.toMatchObject({ code: 'invalid' });
    await expect(filled(file, 2, -1)).rejects.toMatchObject({ code: 'invalid' });
    await file.close();
    await expect(filled(file, 2, 0)).rejects.toMatchObject({ code: 'failed' });
  });

  it('fails where the file became shorter meanwhile', async () => {
    const short = scratch('short.img');
    writeFileSync(short, content);
    const file = await openFile(short);
    truncateSync(short, 1000);
    await expect(filled(file, 500, 900)).rejects.toMatchObject({
      code: 'invalid',
      data: { problem: 'became shorter while it was read', offset: 1000 },
    });
    await file.close();
  });

  it('is waited for by closing', async () => {
    const file = await openFile(path);
    const reads = Array.from({ length: 50 }, () => file.readInto?.(Buffer.alloc(100_000), 0));
    await file.close();
    await Promise.all(reads);
  });

  it('of which stretches are in a log gives what reading gives', async () => {
    const file = await openFile(path);
    const patched = patchFile(
      file,
      {
        starts: Float64Array.of(5000, 60_000),
        ends: Float64Array.of(9096, 64_096),
        changes: Int32Array.of(0, 1),
        origins: Float64Array.of(5000, 60_000),
        places: Float64Array.of(8192, -1),
        edges: Buffer.alloc(24, 0xaa),
      },
      content.length + 4096,
    );
    for (const [offset, length] of [
      [0, 5000],
      [4999, 2],
      [0, 200_000],
      [9096, 50_904],
      [64_000, 200],
      [199_000, 5000],
    ] as const) {
      expect((await filled(patched, length, offset)).equals(await patched.read(offset, length))).toBe(true);
    }
    await expect(filled(patched, 2, content.length + 4095)).rejects.toMatchObject({ code: 'invalid' });
    await file.close();
  });
});

describe('whether a read is waited for', () => {
  it('depends on how long the ones before took', () => {
    const tempo = new ReadTempo();
    const handedOver = () => {
      let count = 0;
      while (!tempo.isQuick()) count++;
      return count;
    };
    tempo.took(0.01, 4096);
    expect(handedOver()).toBe(0);
    for (const count of [8, 16, 32, 64, 128, 256, 512, 512, 512]) {
      tempo.took(5, 4096);
      expect(handedOver()).toBe(count);
    }
    tempo.took(0.01, 4096);
    expect(handedOver()).toBe(0);
    tempo.took(5, 4096);
    expect(handedOver()).toBe(8);
    // A large read may take longer.
    tempo.took(0.15, 256 * 1024);
    expect(handedOver()).toBe(0);
  });
});
