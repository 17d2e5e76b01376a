import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFromImage } from '../../src/disk/files/copy-out.ts';
import { CopyReport } from '../../src/disk/files/copy-report.ts';
import { copyTree } from '../../src/disk/files/copy-tree.ts';
import { nameProblem } from '../../src/disk/files/host-name.ts';
import { listPieces } from '../../src/disk/files/list-pieces.ts';
import { measureItem } from '../../src/disk/files/measure-item.ts';
import { walkTree } from '../../src/disk/files/walk-tree.ts';
import type { FileItem, FolderEntry } from '../../src/disk/volumes/file-system.ts';
import { Fault } from '../../src/errors/fault.ts';
import { requireFreeSpace } from '../../src/host/require-free-space.ts';
import { listTree } from './support/host-tree.ts';
import { makeEntry, makeFile, makeFolder, makeSparse } from './support/made-items.ts';
import { useScratch } from './support/tools.ts';
import { readVolume } from './support/volume-content.ts';

const scratch = useScratch();
const { signal } = new AbortController();
const nothing = () => undefined;

async function copyOut(root: FileItem, name: string) {
  const target = scratch(name);
  rmSync(target, { recursive: true, force: true });
  const report = new CopyReport(['top']);
  await copyTree(root, target, report, { signal, onBytes: nothing, onFile: nothing });
  return { target, report, skipped: report.skipped.map(({ path: place, reason }) => [place, reason]) };
}

describe('names from an image', () => {
  it.each([
    ['', 'name of its own'],
    ['.', 'name of its own'],
    ['..', 'name of its own'],
    ['../../etc/passwd', '"/"'],
    ['/etc/passwd', '"/"'],
    ['nul\0byte', 'NUL'],
    ['line\nbreak', 'control'],
    ['\x1b[2J', 'control'],
    ['\ud800', 'Unicode'],
    ['\ufffd', 'Unicode'],
  ])('that can not be are told: %j', (name, reason) => {
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      expect(nameProblem(name, platform)).toContain(reason);
    }
  });

  it.each(['a\\b', '..\\..\\x', 'C:\\x', 'a:stream', 'con', 'Com1.txt', 'nul ', 'dot.', 'space ', 'a?', 'lpt¹'])(
    'that only Windows can not have are told there: %j',
    name => {
      expect(nameProblem(name, 'linux')).toBeUndefined();
      expect(nameProblem(name, 'win32')).toMatch(/Windows/);
    },
  );

  it.each(['plain', '.hidden', 'ünïcode 文件 😀', 'console', 'com10', 'a b', '~', '-rf', '$HOME', '%PATH%'])(
    'that are plain are kept: %j',
    name => {
      for (const platform of ['linux', 'win32'] as const) expect(nameProblem(name, platform)).toBeUndefined();
    },
  );
});

describe('a hostile folder', () => {
  it('puts nothing outside of the copy', async () => {
    const names = ['..', '../out', '/tmp/out', '.', '', 'a/b', 'x\0y', 'line\nbreak', '\u001b[31mred'];
    const root = makeFolder([
      ...names.map(name => makeEntry(name, makeFile('bad'))),
      makeEntry('good', makeFile('good')),
    ]);
    const { target, report, skipped } = await copyOut(root, 'outside/copy'.replace('/', '-'));
    expect(listTree(target)).toEqual(['good']);
    expect(report).toMatchObject({ files: 1, folders: 1, bytes: 4, totalSkipped: names.length });
    // What is told of it is safe to show.
    for (const [place] of skipped) expect(place).toMatch(/^[^\0-\x1f\x7f]*$/);
  });

  it('makes no links, devices or pipes', async () => {
    const other: FileItem = { kind: 'other', id: 1, size: 0 };
    const link: FileItem = { kind: 'link', id: 2, size: 0, target: '/etc/\u001bpasswd' };
    const { target, skipped } = await copyOut(
      makeFolder([
        makeEntry('pipe', other),
        makeEntry('link', link),
        makeEntry('bare', { ...link, target: undefined }),
      ]),
      'links',
    );
    expect(listTree(target)).toEqual([]);
    expect(skipped).toEqual([
      ['/top/pipe', 'It is neither a file nor a folder.'],
      ['/top/link', 'It is a link to "/etc/\\x1bpasswd".'],
      ['/top/bare', 'It is a link.'],
    ]);
  });

  it('that leads back to itself or is listed twice is copied once', async () => {
    const entries: FolderEntry[] = [];
    const root = makeFolder(entries);
    const inner = makeFolder([makeEntry('up', () => root), makeEntry('file', makeFile('x'))]);
    entries.push(
      makeEntry('one', inner),
      makeEntry('two', inner),
      makeEntry('self', () => root),
    );
    const { target, skipped } = await copyOut(root, 'loop');
    expect(listTree(target)).toEqual(['one/', 'one/file']);
    expect(skipped.map(([place]) => place)).toEqual(['/top/one/up', '/top/two', '/top/self']);
    expect(skipped[0]?.[1]).toContain('twice');
  });

  it('ends at some depth', async () => {
    const endless = (): FileItem => makeFolder([makeEntry('d', endless), makeEntry('f', makeFile('x'))]);
    const { report, skipped } = await copyOut(endless(), 'deep');
    expect(report).toMatchObject({ folders: 257, files: 257, totalSkipped: 1 });
    expect(skipped[0]?.[1]).toContain('256 folders deep');
  });

  it('with two files of one name has the first of them', async () => {
    const root = makeFolder([
      makeEntry('name', makeFile('first')),
      makeEntry('name', makeFile('second')),
      makeEntry('name', makeFolder([makeEntry('lost', makeFile('x'))])),
      makeEntry('folder', makeFolder([makeEntry('kept', makeFile('x'))])),
      makeEntry('folder', makeFile('third')),
    ]);
    const { target, report, skipped } = await copyOut(root, 'twice');
    expect(listTree(target)).toEqual(['folder/', 'folder/kept', 'name']);
    expect(readFileSync(path.join(target, 'name'), 'utf8')).toBe('first');
    expect(skipped.map(([place]) => place)).toEqual(['/top/name', '/top/name', '/top/folder']);
    expect(report).toMatchObject({ files: 2, folders: 2 });
  });

  it('with a name or a path that is too long for the host goes on with the next', async () => {
    const root = makeFolder([
      makeEntry('n'.repeat(300), makeFile('x')),
      makeEntry('文'.repeat(200), makeFolder([makeEntry('inside', makeFile('x'))])),
      makeEntry('next', makeFile('x')),
    ]);
    const { target, report } = await copyOut(root, 'long');
    expect(listTree(target)).toContain('next');
    if (process.platform === 'linux') expect(report.totalSkipped).toBe(2);
  });

  it('keeps what can be read of what is damaged, and no half files', async () => {
    const damage = () => new Fault('invalid', 'A made damage.', { data: { structure: 'made', offset: 0 } });
    const half = makeSparse(9_000_000, 9_000_000, 9_000_000);
    const root = makeFolder([
      makeEntry('half', {
        ...half,
        async content(stop) {
          const whole = await half.content?.(stop);
          if (!whole) throw damage();
          return {
            ...whole,
            async read(offset, length) {
              if (offset > 0) throw damage();
              return await whole.read(offset, length);
            },
          };
        },
      }),
      makeEntry('unopened', () => {
        throw damage();
      }),
      makeEntry(
        'cut',
        makeFolder([], {
          async *entries() {
            yield makeEntry('first', makeFile('x'));
            throw damage();
          },
        }),
      ),
      makeEntry('locked', { kind: 'file', id: 5, size: 7, obstacle: 'The file is encrypted.' }),
      makeEntry('good', makeFile('good')),
    ]);
    const { target, skipped } = await copyOut(root, 'damaged');
    expect(listTree(target)).toEqual(['cut/', 'cut/first', 'good']);
    expect(skipped.toSorted()).toEqual([
      ['/top/cut', 'Not all of it could be listed. A made damage.'],
      ['/top/half', 'A made damage.'],
      ['/top/locked', 'The file is encrypted.'],
      ['/top/unopened', 'A made damage.'],
    ]);
  });

  it('ends the copy where the image itself lacks a part', async () => {
    const lost = new Fault('not_found', 'The parent of the image is gone.');
    const root = makeFolder([
      makeEntry('file', {
        ...makeFile('x'),
        content: async () => {
          throw lost;
        },
      }),
      makeEntry('next', makeFile('x')),
    ]);
    await expect(copyOut(root, 'lost')).rejects.toBe(lost);
    const nothingThere = makeFolder([], {
      entries() {
        throw new Fault('invalid', 'No folder at all.');
      },
    });
    await expect(walkTree(nothingThere, { enter, leave: enter, file: enter, skip: nothing }, signal)).rejects.toThrow(
      'No folder at all.',
    );
  });
});

async function enter(): Promise<undefined> {}

describe('absurd sizes', () => {
  it('keep their holes, and are measured without them', async () => {
    const gibibyte = 2 ** 30;
    const sparse = makeSparse(40 * gibibyte, 1024, 10 * gibibyte);
    const measure = await measureItem(makeFolder([makeEntry('sparse', sparse)]), async () => undefined, signal);
    expect(measure).toMatchObject({ files: 1, data: 4096 });
    if (process.platform === 'win32') return;
    const { target } = await copyOut(makeFolder([makeEntry('sparse', sparse)]), 'holes');
    expect(statSync(path.join(target, 'sparse')).size).toBe(40 * gibibyte);
    expect(statSync(path.join(target, 'sparse')).blocks * 512).toBeLessThan(2 ** 20);
  });

  it('that no host has are skipped', async () => {
    if (process.platform !== 'linux') return;
    const root = makeFolder([makeEntry('huge', makeSparse(2 ** 53 - 1, 1, 2 ** 53)), makeEntry('next', makeFile('x'))]);
    const { target, report } = await copyOut(root, 'huge');
    const { skipped } = report;
    // Some file systems can have it; what they can not is told.
    expect(listTree(target)).toContain('next');
    expect(skipped.length + listTree(target).length).toBe(2);
  });

  it('are found out before anything is written', async () => {
    const check = ({ space }: { space: number }) => requireFreeSpace(scratch(''), space, 'target');
    const full = { code: 'host_fault', data: { reason: 'disk_full' } };
    const many = makeFolder([makeEntry('a', makeFile('x')), makeEntry('huge', makeFlat(2 ** 52))]);
    await expect(measureItem(many, check, signal)).rejects.toMatchObject(full);
    // One after the other, without end.
    const endless = makeFolder(
      (function* () {
        for (let index = 0; ; index++) yield makeEntry(`file ${index}`, makeFlat(2 ** 31));
      })(),
    );
    await expect(measureItem(endless, check, signal)).rejects.toMatchObject(full);
  });

  it('in pieces without number can be cancelled', async () => {
    const controller = new AbortController();
    const content = await makeSparse(2 ** 40, 1, 2).content?.(signal);
    const walk = async () => {
      for await (const { length } of content ? listPieces(content, controller.signal) : []) expect(length).toBe(1);
    };
    setTimeout(() => controller.abort(), 50);
    await expect(walk()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** All of it is there, without anything to read. */
function makeFlat(size: number): FileItem {
  const content = async () => ({
    path: 'made',
    size,
    mayHaveHoles: false,
    mostData: size,
    stretch: async () => ({ isHole: false, length: size }),
    read: async (_: number, length: number) => Buffer.alloc(length),
  });
  return { kind: 'file', id: 1, size, content };
}

describe('an image with hostile names', () => {
  it('is copied without them', async () => {
    const volume = readVolume('ntfs');
    // The same number of letters, in the record and in the index of the folder.
    for (const [from, to] of [
      ['hello.txt', '../../out'],
      ['level 19', '..\\..\\xx'],
      ['empty', 'a\u0000b/c'],
    ] as const) {
      const [old, made] = [from, to].map(text => Buffer.from(text, 'utf16le')) as [Buffer, Buffer];
      for (let at = volume.indexOf(old); at !== -1; at = volume.indexOf(old, at + 1)) made.copy(volume, at);
    }
    const image = scratch('hostile.raw');
    writeFileSync(image, volume);
    mkdirSync(scratch('inner/folder'), { recursive: true });
    const target = scratch('inner/folder/copy');
    const { skipped } = await copyFromImage({ image, path: '/plain', target }, { signal, progress: nothing });
    expect(listTree(target)).toEqual(['noise', 'second name.txt', 'ünïcode 文件 😀.txt']);
    expect(skipped.map(({ path: place }) => place).sort()).toEqual(['/plain/../../out', '/plain/a\\x00b/c']);
    expect(readdirSync(scratch('inner'))).toEqual(['folder']);
    expect(readdirSync(scratch('inner/folder'))).toEqual(['copy']);
  });
});
