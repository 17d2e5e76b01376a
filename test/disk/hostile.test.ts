import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { brotliDecompressSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { crc32c } from '../../src/disk/source/crc32c.ts';
import { Fault } from '../../src/errors/fault.ts';
import { imageInspection } from '../../src/model/image.ts';
import { gptDisk } from './support/disk-layout.ts';
import { makeVhdx } from './support/make-vhdx.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();
/** Seconds of processor time, so that a busy machine fails no test: what is wanted is that nothing loops or reads for ever. */
const longest = 1;

/** Inspects and reads a whole disk; only a result by the schema or a Fault may come out, soon. */
async function survive(path: string, readLimit = mebibyte): Promise<void> {
  const start = process.cpuUsage();
  try {
    const found = imageInspection.parse(await inspectImage(path));
    const image = await openImage(path);
    try {
      await image.read(0, Math.min(found.virtualSize, readLimit));
      await image.read(Math.max(0, found.virtualSize - 65536), Math.min(found.virtualSize, 65536));
    } finally {
      await image.close();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.message.length).toBeGreaterThan(10);
    if (error.code === 'invalid') expect(error.data).toHaveProperty('offset');
  }
  const used = process.cpuUsage(start);
  expect((used.user + used.system) / 1e6).toBeLessThan(longest);
}

type Change = readonly [place: number, bytes: number];

/** Overwrites places chosen among those where headers and tables stand. */
function damage(original: Buffer, places: readonly number[], changes: readonly Change[], cut: number): Buffer {
  const bytes = Buffer.from(original);
  for (const [place, value] of changes) {
    const base = places[place % places.length] ?? 0;
    const at = Math.min(base + (Math.floor(place / places.length) % 640), bytes.length - 4);
    // Extreme numbers find more than random ones.
    bytes.writeUInt32LE([0, 0xffffffff, 0x80000000, 0x7fffffff, value, value & 0xff][value % 6] ?? 0, at);
  }
  return cut === 0 ? bytes : bytes.subarray(0, Math.max(1, Math.floor((bytes.length * cut) / 1000)));
}

const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 0xffffffff })), { minLength: 0, maxLength: 6 });
const cuts = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 999 }) },
);

async function expectSturdy(
  name: string,
  original: Buffer,
  places: readonly number[],
  runs: number,
  repair?: (bytes: Buffer) => void,
) {
  const path = scratch(`${name}.img`);
  await fc.assert(
    fc.asyncProperty(changes, cuts, async (list, cut) => {
      const bytes = damage(original, places, list, cut);
      if (bytes.length === original.length) repair?.(bytes);
      writeFileSync(path, bytes);
      await survive(path);
    }),
    { numRuns: runs },
  );
}

/** Puts the sums of a VHDX right again, so that what stands behind them is reached. */
function repairVhdx(bytes: Buffer): void {
  for (const [at, length] of [
    [65536, 4096],
    [131072, 4096],
    [196608, 65536],
    [262144, 65536],
  ] as const) {
    bytes.writeUInt32LE(0, at + 4);
    bytes.writeUInt32LE(crc32c(bytes.subarray(at, at + length)), at + 4);
  }
}

describe('hostile images', () => {
  it('survives any few bytes as a file', async () => {
    const path = scratch('noise.img');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'vhdxfile',
          'conectix',
          'QFI\xfb\0\0\0\x02',
          'QFI\xfb\0\0\0\x03',
          'KDMV',
          'COWD',
          '# Disk DescriptorFile\n',
          '',
        ),
        fc.uint8Array({ minLength: 1, maxLength: 2048 }),
        async (magic, noise) => {
          writeFileSync(path, Buffer.concat([Buffer.from(magic, 'latin1'), noise]));
          await survive(path);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('survives damaged VHDX headers, tables and log', async () => {
    const log = Buffer.alloc(8192);
    log.write('loge', 0, 'latin1');
    log.writeUInt32LE(8192, 8);
    log.writeBigUInt64LE(1n, 16);
    log.fill(7, 32, 48);
    const original = makeVhdx({
      virtualSize: 3 * mebibyte,
      logId: Buffer.alloc(16, 7),
      logBytes: log,
      parent: { parent_linkage: '{83ed0ec3-24c8-49a6-a959-5e4bd1288015}', relative_path: 'base.vhdx' },
      blocks: new Map([[0, { state: 6, content: Buffer.alloc(mebibyte, 1) }]]),
    });
    const places = [65536, 131072, 196608, mebibyte, 2 * mebibyte, 2 * mebibyte + 65536, 3 * mebibyte];
    await expectSturdy('vhdx', original, places, 40, repairVhdx);
  });

  it('survives a damaged GPT', async () => {
    const type = '0fc63daf-8483-4772-8e79-3d69d8477de4';
    await expectSturdy(
      'gpt',
      gptDisk(mebibyte, [{ type, first: 64, last: 99 }]),
      [0, 440, 512, 1024, mebibyte - 512],
      100,
    );
  });

  it('survives a damaged NTFS', async () => {
    const ntfs = brotliDecompressSync(readFileSync(new URL('fixtures/windows.ntfs.br', import.meta.url)));
    const places: number[] = [0];
    for (const mark of ['FILE0', 'INDX', 'regf', 'hbin']) {
      for (let at = ntfs.indexOf(mark); at !== -1 && places.length < 200; at = ntfs.indexOf(mark, at + 1))
        places.push(at);
    }
    await expectSturdy('ntfs', ntfs, places, 40);
  });

  it('does not believe sizes: nothing is read or kept for a table that is not there', async () => {
    const path = scratch('huge.img');
    const qcow2 = Buffer.alloc(65536);
    qcow2.write('QFI\xfb', 0, 'latin1');
    qcow2.writeUInt32BE(2, 4);
    qcow2.writeUInt32BE(9, 20);
    qcow2.writeBigUInt64BE(2n ** 50n, 24);
    qcow2.writeUInt32BE(0xffffffff, 36);
    writeFileSync(path, qcow2);
    await expect(inspectImage(path)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: expect.stringContaining('qcow2') },
    });
    const before = process.memoryUsage().rss;
    for (const format of ['vhdx', 'vhd', 'vmdk', 'vdi'] as const) {
      const sparse = scratch(`sparse.${format}`);
      writeFileSync(sparse, '');
      truncateSync(sparse, 2 ** 40);
      await expect(openImage(sparse, { format })).rejects.toThrow(Fault);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * mebibyte);
  });

  it('does not let a compressed grain grow beyond its size', async () => {
    const grain = deflateSync(Buffer.alloc(64 * mebibyte));
    const header = Buffer.alloc(512);
    header.write('KDMV', 0, 'latin1');
    header.writeUInt32LE(3, 4);
    header.writeUInt32LE(0x30001, 8);
    header.writeBigUInt64LE(128n, 12);
    header.writeBigUInt64LE(128n, 20);
    header.writeUInt32LE(512, 44);
    header.writeBigUInt64LE(1n, 56);
    header.writeUInt16LE(1, 77);
    const directory = Buffer.alloc(512);
    directory.writeUInt32LE(2);
    const table = Buffer.alloc(2048);
    table.writeUInt32LE(6);
    const marker = Buffer.alloc(12);
    marker.writeUInt32LE(grain.length, 8);
    const path = scratch('bomb.vmdk');
    writeFileSync(path, Buffer.concat([header, directory, table, marker, grain, Buffer.alloc(512)]));
    const image = await openImage(path);
    await expect(image.read(0, 65536)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'compressed grain' },
    });
    await image.close();
  });

  it('reads text of any shape in no time', async () => {
    const path = scratch('text.vmdk');
    for (const line of [
      `a="${' '.repeat(900_000)}"x`,
      ' '.repeat(900_000),
      `RW ${'9'.repeat(900_000)}`,
      '\n'.repeat(900_000),
    ]) {
      writeFileSync(path, `# Disk DescriptorFile\n${line}\nRW 1 ZERO\n`);
      await survive(path);
    }
  });

  it('does not show control characters that stand on a disk', async () => {
    const type = '0fc63daf-8483-4772-8e79-3d69d8477de4';
    const path = scratch('names.raw');
    writeFileSync(path, gptDisk(mebibyte, [{ type, first: 64, last: 99, name: 'a\u001b[2Jb\nc\u202e' }]));
    expect((await inspectImage(path)).partitions[0]?.name).toBe('a\\x1b[2Jb c\\u202e');
  });

  it('names the structure and its place', async () => {
    const path = scratch('named.vhdx');
    const bytes = makeVhdx({ virtualSize: mebibyte });
    bytes.fill(0, 192 * 1024, 320 * 1024);
    writeFileSync(path, bytes);
    await expect(inspectImage(path)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'VHDX region table', offset: 192 * 1024 },
      remedy: expect.any(String),
    });
  });
});

describe.skipIf(!haveTools('qemu-img', 'mkfs.ext4', 'mkfs.vfat'))('hostile images made from real ones', () => {
  const raw = scratch('real.raw');
  const make = (format: string, ...options: string[]): Buffer => {
    writeFileSync(raw, Buffer.alloc(256 * 1024, 'real content '));
    truncateSync(raw, 2 * mebibyte);
    const path = scratch('real.img');
    runTool('qemu-img', 'convert', '-O', format, ...options, raw, path);
    return readFileSync(path);
  };

  it.each<[string, string[], number[]]>([
    ['qcow2', [], [0, 104, 65536, 131072, 196608, 262144]],
    ['qcow2', ['-o', 'extended_l2=on'], [0, 104, 196608, 262144]],
    ['qcow2', ['-c'], [0, 196608, 262144, 327680]],
    ['qcow2', ['-c', '-o', 'compression_type=zstd'], [0, 196608, 262144, 327680]],
    ['vmdk', [], [0, 512, 10240, 20480, 65536]],
    ['vmdk', ['-o', 'subformat=streamOptimized'], [0, 512, 65536, 66048]],
    ['vdi', [], [64, 320, 512]],
    ['vpc', [], [0, 512, 1536, 2048]],
    ['vhdx', [], [65536, 196608, 2 * mebibyte, 3 * mebibyte]],
  ])('survives damaged %s %j', async (format, options, places) => {
    const original = make(format, ...options);
    await expectSturdy(`real-${format}`, original, [...places, original.length - 1024], 40);
  });

  it.each([
    ['mkfs.ext4', ['-q', '-F', '-O', '^has_journal'], [1024, 2048, 8192, 12288, 17408, 40960]],
    ['mkfs.ext2', ['-q', '-F'], [1024, 2048, 8192, 12288, 17408, 40960]],
    ['mkfs.vfat', ['-F', '12'], [0, 512, 2048, 4096, 8192]],
  ])('survives file systems of %s that are damaged', async (tool, options, places) => {
    const path = scratch('volume.img');
    writeFileSync(path, '');
    truncateSync(path, 2 * mebibyte);
    runTool(tool, ...options, path);
    await expectSturdy(`volume-${tool}`, readFileSync(path), places, 40);
  });
});
