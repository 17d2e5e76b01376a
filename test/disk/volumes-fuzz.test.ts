import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { copyFromImage } from '../../src/disk/files/copy-out.ts';
import { listPieces } from '../../src/disk/files/list-pieces.ts';
import { type TreeVisitor, walkTree } from '../../src/disk/files/walk-tree.ts';
import type { FileItem } from '../../src/disk/volumes/file-system.ts';
import { identifyVolume } from '../../src/disk/volumes/identify-volume.ts';
import { openFileSystem } from '../../src/disk/volumes/open-file-system.ts';
import { Fault } from '../../src/errors/fault.ts';
import { Random } from './support/fuzz.ts';
import { memory } from './support/memory-volume.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';
import { readVolume } from './support/volume-content.ts';

const scratch = useScratch();
const { signal } = new AbortController();
const mebibyte = 1024 * 1024;
/** Seconds of processor time for one volume: nothing may loop. */
const longest = 3;
/** Bytes of content that are read of each volume, and pieces of one file that are looked at. */
const mostRead = 4 * mebibyte;
const mostPieces = 5000;
const codes = ['invalid', 'unsupported', 'not_found', 'host_fault'];

function makeTree(): string {
  const root = scratch('tree');
  mkdirSync(`${root}/folder/inner`, { recursive: true });
  mkdirSync(`${root}/many`);
  for (let index = 0; index < 120; index++) writeFileSync(`${root}/many/a long name for number ${index}`, `${index}`);
  writeFileSync(`${root}/folder/inner/file`, 'text');
  writeFileSync(`${root}/folder/large`, Buffer.alloc(100_000, 'large '));
  return root;
}

type Make = () => Buffer;

function makeByTool(size: number, fill: (image: string, tree: string) => void): Make {
  return () => {
    const image = scratch('made.img');
    rmSync(image, { force: true });
    if (size > 0) {
      writeFileSync(image, '');
      truncateSync(image, size);
    }
    const tree = makeTree();
    fill(image, tree);
    rmSync(tree, { recursive: true });
    return readFileSync(image);
  };
}

function makeExt(...options: string[]): Make {
  return makeByTool(4 * mebibyte, (image, tree) => {
    symlinkSync('folder/inner', `${tree}/link`);
    runTool('mkfs.ext4', '-q', '-F', '-b', '1024', '-N', '256', ...options, '-d', tree, image);
  });
}

function makeFat(bits: string, size: number): Make {
  return makeByTool(size * mebibyte, (image, tree) => {
    runTool('mkfs.vfat', '-F', bits, image);
    runTool('mcopy', '-s', '-i', image, `${tree}/folder`, `${tree}/many`, '::/');
  });
}

const windows = () => brotliDecompressSync(readFileSync(new URL('fixtures/windows.ntfs.br', import.meta.url)));
const disc = makeByTool(0, (image, tree) => runTool('xorriso', '-as', 'mkisofs', '-quiet', '-R', '-o', image, tree));
const hasExt = haveTools('mkfs.ext4');
const hasFat = haveTools('mkfs.vfat', 'mcopy');
const hasDisc = haveTools('xorriso');

const targets: [name: string, make: Make, isThere: boolean, cases: number][] = [
  ['NTFS', () => readVolume('ntfs'), true, 200],
  ['an NTFS with a Windows', windows, true, 100],
  ['exFAT', () => readVolume('exfat'), true, 150],
  ['ext4', makeExt(), hasExt, 150],
  ['ext4 with a journal and content in inodes', makeExt('-O', 'inline_data', '-I', '256', '-J', 'size=1'), hasExt, 100],
  ['ext with maps of blocks', makeExt('-O', '^extents,^64bit,^has_journal'), hasExt, 100],
  ['FAT12', makeFat('12', 2), hasFat, 70],
  ['FAT16', makeFat('16', 9), hasFat, 70],
  ['FAT32', makeFat('32', 34), hasFat, 70],
  ['ISO 9660', disc, hasDisc, 100],
];

/** Where something other than zeros stands, by pieces of 64 bytes: structures are there, and little content. */
function findPlaces(volume: Buffer): number[] {
  const zeros = Buffer.alloc(64);
  const places: number[] = [];
  for (let at = 0; at + 64 <= volume.length; at += 64) {
    if (!volume.subarray(at, at + 64).equals(zeros)) places.push(at);
  }
  return places;
}

/** Changes a few bytes; returns what takes the changes back. */
function damage(volume: Buffer, places: readonly number[], random: Random): () => void {
  const changes = Array.from({ length: 1 + random.next(6) }, () => {
    // Half of the time near the beginning, where most depends on every byte.
    const place = random.next(2) === 0 ? random.pick(places.slice(0, 200)) : random.pick(places);
    const at = place + random.next(64);
    const length = Math.min(random.pick([1, 2, 4, 8]), volume.length - at);
    return { at, old: Buffer.from(volume.subarray(at, at + length)) };
  });
  for (const { at, old } of changes) {
    const bytes = Buffer.from(old);
    const way = random.next(4);
    if (way === 0) bytes[0] = (bytes[0] ?? 0) ^ (1 << random.next(8));
    else if (way === 1) bytes.fill(random.pick([0, 0xff, 0x7f, 0x80]));
    else if (way === 2) bytes.fill(0).writeUInt8(random.next(64));
    else volume.copy(bytes, 0, random.pick(places));
    bytes.copy(volume, at);
  }
  return () => {
    for (const { at, old } of changes.toReversed()) old.copy(volume, at);
  };
}

/** Reads a volume as a copy would. */
async function explore(volume: Buffer): Promise<'read' | 'refused'> {
  const reader = memory(volume);
  const kind = await identifyVolume(reader);
  const files = kind && (await openFileSystem(kind.fileSystem, reader));
  const root = await files?.find('/');
  if (!root?.entries) return 'refused';
  let left = mostRead;
  const readFile = async (item: FileItem) => {
    const content = await item.content?.();
    if (!content) return;
    let pieces = 0;
    for await (const { offset, length, isHole } of listPieces(content, signal)) {
      if (++pieces > mostPieces) break;
      if (isHole || length > left) continue;
      expect((await content.read(offset, length)).length).toBe(length);
      left -= length;
    }
  };
  const visitor: TreeVisitor = {
    enter: async () => undefined,
    leave: async () => undefined,
    skip: (_, reason) => expect(reason.length).toBeGreaterThan(10),
    file: async (_, item) => {
      await tolerate(() => readFile(item));
      return undefined;
    },
  };
  await walkTree(root, visitor, signal);
  return 'read';
}

async function tolerate<Result>(work: () => Promise<Result>): Promise<Result | 'refused'> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(codes).toContain(error.code);
    expect(error.message.length).toBeGreaterThan(20);
    if (error.code === 'invalid') {
      expect([typeof error.data?.structure, typeof error.data?.offset]).toEqual(['string', 'number']);
    }
    return 'refused';
  }
}

describe.each(targets)('a damaged volume: %s', (_, make, isThere, cases) => {
  it.skipIf(!isThere)(`never does more harm than a Fault, in ${cases} ways`, async () => {
    const volume = make();
    const places = findPlaces(volume);
    const count = { read: 0, refused: 0 };
    expect(await explore(volume)).toBe('read');
    const before = process.memoryUsage.rss();
    for (let seed = 1; seed <= cases; seed++) {
      const random = new Random(seed);
      const mend = damage(volume, places, random);
      const start = process.cpuUsage();
      try {
        count[await tolerate(() => explore(volume))]++;
        if (seed % 25 === 0) await copyAll(volume);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      } finally {
        mend();
      }
      const used = process.cpuUsage(start);
      if ((used.user + used.system) / 1e6 > longest) throw new Error(`seed ${seed} takes too long`);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(300 * mebibyte);
    expect(count.read).toBeGreaterThan(cases / 4);
  });
});

/** The same through the front door: whatever comes of it, nothing is left beside the copy. */
async function copyAll(volume: Buffer): Promise<void> {
  const image = scratch('damaged.img');
  const folder = scratch('copies');
  writeFileSync(image, volume);
  mkdirSync(folder);
  const request = { image, format: 'raw' as const, path: '/', partition: 0, target: `${folder}/copy` };
  await tolerate(async () => {
    await copyFromImage(request, { signal, progress: () => undefined });
  });
  rmSync(folder, { recursive: true });
}
