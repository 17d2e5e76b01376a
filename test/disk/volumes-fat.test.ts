import { mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copyFromImage } from '../../src/disk/files/copy-out.ts';
import { listImageItems } from '../../src/disk/files/list-items.ts';
import { openExfat } from '../../src/disk/volumes/exfat/open-exfat.ts';
import { openFat } from '../../src/disk/volumes/fat/open-fat.ts';
import { parseFolder } from '../../src/disk/volumes/fat/parse-folder.ts';
import { expectFiles, expectSameTree, listTree } from './support/host-tree.ts';
import { contentOf, memory, namesIn, readWhole } from './support/memory-volume.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';
import { exfatFiles, readVolume } from './support/volume-content.ts';

const scratch = useScratch();
const { signal } = new AbortController();
const services = { signal, progress: () => undefined };
const mebibyte = 1024 * 1024;

function emptyFile(name: string, size: number): string {
  const path = scratch(name);
  writeFileSync(path, '');
  truncateSync(path, size);
  return path;
}

describe('exFAT', () => {
  const exfat = readVolume('exfat');

  it('is copied whole, with times', async () => {
    writeFileSync(scratch('exfat.img'), exfat);
    const copy = await copyFromImage({ image: scratch('exfat.img'), path: '/', target: scratch('exfat') }, services);
    expect(copy).toMatchObject({ files: exfatFiles.size, totalSkipped: 0, volume: { label: 'Karte Ü' } });
    expectFiles(scratch('exfat'), exfatFiles);
    expect(listTree(scratch('exfat')).filter(path => !path.endsWith('/'))).toEqual([...exfatFiles.keys()].sort());
    const found = await listImageItems({ image: scratch('exfat.img'), path: '/PLAIN/hello.txt', limit: 1 }, signal);
    expect(found.entries[0]?.modified).toBe('2001-02-03T04:05:06.000Z');
  });

  it('reads zeros behind what was written, and refuses a set of entries whose sum is wrong', async () => {
    const volume = Buffer.from(exfat);
    const name = Buffer.from('noise', 'utf16le');
    let at = volume.indexOf(name);
    while (volume[at - 2] !== 0xc1) at = volume.indexOf(name, at + 1);
    const set = at - 2 - 64;
    expect(volume.readUInt8(set)).toBe(0x85);
    volume.writeBigUInt64LE(50_000n, set + 32 + 8);
    await expect(namesIn(await openExfat(memory(volume)), '/plain')).rejects.toMatchObject({ code: 'invalid' });
    let sum = 0;
    for (let index = 0; index < (1 + volume.readUInt8(set + 1)) * 32; index++) {
      if (index !== 2 && index !== 3) sum = (((sum & 1) << 15) + (sum >> 1) + volume.readUInt8(set + index)) & 0xffff;
    }
    volume.writeUInt16LE(sum, set + 2);
    const wanted = Buffer.concat([
      exfatFiles.get('plain/noise')?.subarray(0, 50_000) ?? Buffer.alloc(0),
      Buffer.alloc(50_000),
    ]);
    expect((await readWhole(await openExfat(memory(volume)), '/plain/noise')).equals(wanted)).toBe(true);
  });
});

describe.skipIf(!haveTools('mkfs.vfat', 'mcopy', 'mmd'))('FAT', () => {
  const tree = scratch('tree');

  function makeTree(): void {
    const deep = Array.from({ length: 12 }, (_, level) => `level ${level}`).join('/');
    mkdirSync(`${tree}/${deep}`, { recursive: true });
    mkdirSync(`${tree}/ünïcode 文件`);
    mkdirSync(`${tree}/many`);
    writeFileSync(`${tree}/${deep}/bottom`, 'bottom');
    writeFileSync(`${tree}/ünïcode 文件/ein langer Name.txt`, 'text');
    writeFileSync(`${tree}/PLAIN.TXT`, 'short name');
    writeFileSync(`${tree}/empty`, '');
    writeFileSync(`${tree}/large`, Buffer.alloc(1_500_000, 'large '));
    for (let index = 0; index < 200; index++) writeFileSync(`${tree}/many/number ${index} of many.txt`, `${index}`);
    utimesSync(`${tree}/PLAIN.TXT`, 1_000_000_000, 1_000_000_000);
  }

  if (haveTools('mcopy')) makeTree();

  it.each([
    ['12', 4],
    ['16', 32],
    ['32', 64],
  ])('%s gives a tree back', async (bits, size) => {
    const image = emptyFile(`fat${bits}.img`, size * mebibyte);
    runTool('mkfs.vfat', '-F', bits, '-n', 'KARTE', image);
    const parts = ['level 0', 'ünïcode 文件', 'PLAIN.TXT', 'empty', 'large', 'many'].map(name => `${tree}/${name}`);
    runTool('mcopy', '-Q', '-s', '-m', '-i', image, ...parts, '::/');
    const target = scratch(`fat${bits}`);
    const copy = await copyFromImage({ image, path: '/', target }, services);
    expectSameTree(target, tree);
    expect(copy).toMatchObject({ totalSkipped: 0, volume: { fileSystem: `fat${bits}`, label: 'KARTE' } });
  });

  /** A FAT16 volume with one file, and where its table and its entry stand. */
  function makeSmall(): { volume: Buffer; table: number; entry: number } {
    const image = emptyFile('small.img', 32 * mebibyte);
    runTool('mkfs.vfat', '-F', '16', image);
    writeFileSync(scratch('source'), Buffer.alloc(50_000, 'content '));
    runTool('mcopy', '-i', image, scratch('source'), '::/FILE.BIN');
    const volume = readFileSync(image);
    return { volume, table: volume.readUInt16LE(14) * 512, entry: volume.indexOf('FILE    BIN') };
  }

  it('refuses chains that end early, loop, or leave the volume', async () => {
    const { volume, table, entry } = makeSmall();
    const first = volume.readUInt16LE(entry + 26);
    for (const next of [0xffff, first, 0, 0xfff7, 0xffef]) {
      const damaged = Buffer.from(volume);
      damaged.writeUInt16LE(next, table + first * 2);
      const content = await contentOf(await openFat(memory(damaged)), '/FILE.BIN');
      if (next === first) {
        // A loop gives the same cluster again and again, up to the size that the entry says.
        expect((await content.read(0, content.size)).length).toBe(50_000);
        continue;
      }
      expect((await content.read(0, 512)).toString()).toMatch(/^content/);
      await expect(content.read(0, 50_000)).rejects.toMatchObject({
        code: 'invalid',
        data: { structure: expect.any(String), offset: expect.any(Number) },
      });
    }
  });

  it('refuses a size that the volume can not hold, and a folder that goes on without end', async () => {
    const { volume, table, entry } = makeSmall();
    const first = volume.readUInt16LE(entry + 26);
    const large = Buffer.from(volume);
    large.writeUInt32LE(0xffffffff, entry + 28);
    await expect(contentOf(await openFat(memory(large)), '/FILE.BIN')).rejects.toMatchObject({ code: 'invalid' });
    const folder = Buffer.from(volume);
    folder.writeUInt8(0x10, entry + 11);
    folder.writeUInt16LE(first, table + first * 2);
    await expect(namesIn(await openFat(memory(folder)), '/FILE.BIN')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('without end'),
    });
  });

  it('takes the short name where the long one belongs to another entry', () => {
    const long = Buffer.alloc(32);
    long.writeUInt8(0x41, 0);
    long.writeUInt8(0x0f, 11);
    long.write('long ', 1, 'utf16le');
    const short = Buffer.alloc(32);
    short.write('SHORT\x9a  TXT', 'latin1');
    expect(parseFolder(Buffer.concat([long, short])).map(({ name }) => name)).toEqual(['SHORTÜ.TXT']);
    let sum = 0;
    for (const byte of short.subarray(0, 11)) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
    long.writeUInt8(sum, 13);
    expect(parseFolder(Buffer.concat([long, short])).map(({ name }) => name.slice(0, 5))).toEqual(['long ']);
  });
});
