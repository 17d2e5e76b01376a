import { lstatSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyFromImage } from '../../src/disk/files/copy-out.ts';
import { listImageItems } from '../../src/disk/files/list-items.ts';
import { decompressLznt1 } from '../../src/disk/volumes/ntfs/decompress-lznt1.ts';
import { openNtfs } from '../../src/disk/volumes/ntfs/open-ntfs.ts';
import { expectFiles, listTree, sumFile } from './support/host-tree.ts';
import { contentOf, memory, namesIn, readWhole } from './support/memory-volume.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';
import { ntfsFiles, readVolume } from './support/volume-content.ts';

const scratch = useScratch();
const ntfs = readVolume('ntfs');
const { signal } = new AbortController();
const services = { signal, progress: () => undefined };
const gibibyte = 2 ** 30;

/** The byte at which the record of a file begins, by its name, which stands in no other record. */
function findRecord(volume: Buffer, name: string): number {
  const units = Buffer.from(name, 'utf16le');
  for (let at = volume.indexOf('FILE0'); at !== -1; at = volume.indexOf('FILE0', at + 1)) {
    if (at % 1024 === 0 && volume.subarray(at, at + 1024).includes(units)) return at;
  }
  throw new Error(`no record: ${name}`);
}

/** Where an attribute begins in a record. */
function findAttribute(volume: Buffer, record: number, type: number): number {
  let at = record + volume.readUInt16LE(record + 20);
  while (volume.readUInt32LE(at) !== type) at += volume.readUInt32LE(at + 4);
  return at;
}

/** A copy of the volume with some bytes changed, which must not be the last two of 512. */
function edit(change: (volume: Buffer) => void): Buffer {
  const volume = Buffer.from(ntfs);
  change(volume);
  return volume;
}

describe('NTFS', () => {
  it.each([...ntfsFiles.keys()].filter(name => !name.startsWith('many/')))('reads %s', async name => {
    const files = await openNtfs(memory(ntfs));
    expect((await readWhole(files, name)).equals(ntfsFiles.get(name) ?? Buffer.alloc(0))).toBe(true);
  });

  it('reads any part of any file', async () => {
    const files = await openNtfs(memory(ntfs));
    const names = ['packed/log', 'packed/mixed', 'packed/holes', 'scattered', 'plain/noise'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(), fc.nat(300_000), async (name, place, length) => {
        const wanted = ntfsFiles.get(name) ?? Buffer.alloc(0);
        const offset = place % wanted.length;
        const count = Math.min(length, wanted.length - offset);
        const part = await (await contentOf(files, name)).read(offset, count);
        expect(part.equals(wanted.subarray(offset, offset + count))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('tells data from holes, also where it was compressed', async () => {
    const files = await openNtfs(memory(ntfs));
    const sparse = await contentOf(files, '/sparse');
    expect(sparse.size).toBe(5 * gibibyte);
    let data = 0;
    let steps = 0;
    for (let at = 0; at < sparse.size; steps++) {
      const { isHole, length } = await sparse.stretch(at);
      if (!isHole) data += length;
      at += length;
    }
    expect(data).toBeLessThan(300_000);
    expect(steps).toBeLessThan(10);
    const packed = await contentOf(files, '/packed/holes');
    expect(await packed.stretch(1_000_000)).toEqual({ isHole: true, length: expect.any(Number) });
    expect((await sparse.read(3_000_000_000, 6)).toString()).toBe('middle');
    await expect(sparse.read(5 * gibibyte - 1, 2)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('prefers the exact name over one in another case', async () => {
    const files = await openNtfs(memory(ntfs));
    expect((await readWhole(files, '/case/FILE')).toString()).toBe('lower\n');
    expect((await readWhole(files, '/Case/FILE')).toString()).toBe('upper\n');
    expect((await readWhole(files, '\\PLAIN\\Hello.TXT')).toString()).toBe('hello\n');
    expect(await namesIn(files, '/many')).toHaveLength(200);
  });

  it('shows no files of the file system itself', async () => {
    const names = await namesIn(await openNtfs(memory(ntfs)), '/');
    expect(names).toEqual([
      'Case',
      'case',
      'level 0',
      'links',
      'many',
      'odd',
      'packed',
      'plain',
      'scattered',
      'sparse',
    ]);
  });

  it('is listed with times, links and what stands in the way', async () => {
    writeFileSync(scratch('ntfs.img'), ntfs);
    const { entries, volume } = await listImageItems({ image: scratch('ntfs.img'), path: '/links', limit: 9 }, signal);
    expect(volume).toEqual({ partition: 0, fileSystem: 'ntfs', label: 'Dateien Ü', size: ntfs.length, readable: true });
    expect(entries.map(({ name, kind, target }) => [name, kind, target])).toEqual([
      ['cloud', 'file', undefined],
      ['compact', 'file', undefined],
      ['junction', 'link', 'D:\\Data'],
      ['symbolic', 'link', 'C:\\Users\\anna'],
      ['unix', 'link', '/usr/bin'],
    ]);
    const one = await listImageItems({ image: scratch('ntfs.img'), path: '/plain/hello.txt', limit: 9 }, signal);
    expect(one).toMatchObject({
      path: '/plain/hello.txt',
      entries: [{ name: 'hello.txt', kind: 'file', size: 6, modified: '2001-02-03T04:05:06.000Z' }],
      total: 1,
      truncated: false,
    });
  });

  it('is copied with all that can be', async () => {
    writeFileSync(scratch('ntfs.img'), ntfs);
    const copy = await copyFromImage({ image: scratch('ntfs.img'), path: '/', target: scratch('ntfs') }, services);
    const onWindows = process.platform === 'win32';
    const lost = onWindows ? ['odd/a<b?', 'odd/dot.', 'odd/CON', 'case/file', 'Case/file'] : [];
    expectFiles(scratch('ntfs'), new Map([...ntfsFiles].filter(([name]) => !lost.includes(name))));
    expect(statSync(scratch('ntfs/plain/hello.txt')).mtime.toISOString()).toBe('2001-02-03T04:05:06.000Z');
    if (!onWindows) {
      expect(listTree(scratch('ntfs')).filter(path => !path.endsWith('/'))).toEqual(
        [...ntfsFiles.keys(), 'sparse'].sort(),
      );
      expect(copy.skipped.map(({ path }) => path).sort()).toEqual([
        '/links/cloud',
        '/links/compact',
        '/links/junction',
        '/links/symbolic',
        '/links/unix',
        '/odd/line break',
      ]);
      expect(lstatSync(scratch('ntfs/sparse'))).toMatchObject({ size: 5 * gibibyte });
      expect(lstatSync(scratch('ntfs/sparse')).blocks * 512).toBeLessThan(2 ** 20);
    }
    expect(copy).toMatchObject({ files: ntfsFiles.size + 1, totalSkipped: 6, warnings: [] });
  });

  it('reads zeros behind what was written of a file', async () => {
    const volume = edit(bytes => {
      const data = findAttribute(bytes, findRecord(bytes, 'noise'), 0x80);
      bytes.writeBigUInt64LE(50_001n, data + 56);
    });
    const files = await openNtfs(memory(volume));
    const wanted = Buffer.concat([
      ntfsFiles.get('plain/noise')?.subarray(0, 50_001) ?? Buffer.alloc(0),
      Buffer.alloc(49_999),
    ]);
    expect((await readWhole(files, '/plain/noise')).equals(wanted)).toBe(true);
  });

  it('refuses what is encrypted, and skips it in a folder', async () => {
    const volume = edit(bytes => {
      const data = findAttribute(bytes, findRecord(bytes, 'noise'), 0x80);
      bytes.writeUInt16LE(0x4000, data + 12);
    });
    writeFileSync(scratch('efs.img'), volume);
    const one = { image: scratch('efs.img'), path: '/plain/noise', target: scratch('efs.out') };
    await expect(copyFromImage(one, services)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('EFS'),
      remedy: expect.any(String),
    });
    const copy = await copyFromImage({ ...one, path: '/plain' }, services);
    expect(copy.skipped).toEqual([{ path: '/plain/noise', reason: expect.stringContaining('EFS') }]);
    expect(listTree(scratch('efs.out'))).not.toContain('noise');
  });

  it('refuses a name whose record was given to another file', async () => {
    const volume = edit(bytes => {
      const record = findRecord(bytes, 'noise');
      bytes.writeUInt16LE(bytes.readUInt16LE(record + 16) + 1, record + 16);
    });
    const files = await openNtfs(memory(volume));
    await expect(files.find('/plain/noise')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('does not make up content where a list of runs is cut short', async () => {
    const volume = edit(bytes => {
      const data = findAttribute(bytes, findRecord(bytes, 'noise'), 0x80);
      bytes.writeUInt8(0, data + bytes.readUInt16LE(data + 32));
    });
    const content = await contentOf(await openNtfs(memory(volume)), '/plain/noise');
    await expect(content.read(0, 10)).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'NTFS list of runs' },
    });
  });

  it('says that the volume was in use', async () => {
    const volume = edit(bytes => {
      const record = findRecord(bytes, '$Volume');
      const information = findAttribute(bytes, record, 0x70);
      const value = information + bytes.readUInt16LE(information + 20);
      bytes.writeUInt16LE(bytes.readUInt16LE(value + 10) | 1, value + 10);
    });
    expect((await openNtfs(memory(volume))).notes).toEqual([expect.stringContaining('in use')]);
    expect((await openNtfs(memory(ntfs))).notes).toEqual([]);
  });
});

describe('what NTFS compressed', () => {
  it('is unpacked by hand-made examples', () => {
    // A head that says that the piece is not packed, and one whose copy reaches back before its beginning.
    expect(decompressLznt1(Buffer.from('0230616263', 'hex'), 8)?.toString('latin1')).toBe('abc\0\0\0\0\0');
    expect(decompressLznt1(Buffer.from('03b002610010', 'hex'), 4096)).toBeUndefined();
    expect(decompressLznt1(Buffer.from('ffbf00', 'hex'), 4096)).toBeUndefined();
    // Seven bytes as they are.
    const simple = Buffer.from('07b0' + '00' + '61626364656667', 'hex');
    expect(decompressLznt1(simple, 4096)?.subarray(0, 8).toString('latin1')).toBe('abcdefg\0');
    // One byte, then a copy of it over all the rest of the piece.
    const run = Buffer.from([0x03, 0xb0, 0x02, 0x61, 0xfc, 0x0f]);
    expect(decompressLznt1(run, 4096)?.equals(Buffer.alloc(4096, 'a'))).toBe(true);
  });

  it('never gives more than its size, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), bytes => {
        const unpacked = decompressLznt1(Buffer.from(bytes), 65536);
        expect(unpacked === undefined || unpacked.length === 65536).toBe(true);
      }),
    );
  });
});

describe.skipIf(!haveTools('mkntfs', 'ntfscp'))('NTFS made by others', () => {
  it('gives files of every size back', async () => {
    const image = scratch('made.img');
    writeFileSync(image, '');
    truncateSync(image, 40 * 2 ** 20);
    runTool('mkntfs', '-q', '-F', '-f', '-c', '512', '-L', 'MADE', image);
    for (const size of [0, 1, 600, 4096, 70_001, 5_000_000]) {
      writeFileSync(scratch('source'), Buffer.alloc(size, `${size} `));
      runTool('ntfscp', '-f', image, scratch('source'), `file ${size}`);
    }
    for (const size of [0, 1, 600, 4096, 70_001, 5_000_000]) {
      const target = scratch(`copy ${size}`);
      const copy = await copyFromImage({ image, path: `/file ${size}`, target }, services);
      expect(readFileSync(target).equals(Buffer.alloc(size, `${size} `))).toBe(true);
      expect(copy).toMatchObject({ path: target, files: 1, folders: 0, bytes: size, sha256: await sumFile(target) });
    }
  });
});
