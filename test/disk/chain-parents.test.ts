import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type OpenOptions, openImage } from '../../src/disk/open-image.ts';
import { Fault } from '../../src/errors/fault.ts';
import { SparseFile } from '../support/images/sparse-file.ts';
import { encodeHeader, guidOf, headerOffsets, mebibyte } from '../support/images/vhdx-layout.ts';
import { type ChainFormat, idOf, makeFile, type Recorded } from './support/make-pair.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
const posix = process.platform !== 'win32';
let count = 0;

/** A new folder of its own, with folders in it. */
function makeFolder(...inside: string[]): (name: string) => string {
  const folder = scratch(`case-${count++}`);
  for (const name of ['', ...inside]) mkdirSync(join(folder, name), { recursive: true });
  return name => join(folder, name);
}

/** The parents that are found, each with the byte that it adds. */
async function findParents(path: string, options: OpenOptions = {}): Promise<{ parents: string[]; bytes: number[] }> {
  const image = await openImage(path, options);
  try {
    const bytes: number[] = [];
    for (let sector = 1; sector <= 4; sector++) bytes.push((await image.read(sector * 512, 1))[0] as number);
    return { parents: [...image.parents], bytes };
  } finally {
    await image.close();
  }
}

async function failToOpen(path: string, options: OpenOptions = {}): Promise<Fault> {
  const open = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
  try {
    await (await openImage(path, options)).close();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Whatever was opened on the way is closed again.
    if (process.platform === 'linux') expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(open);
    expect(error.remedy ?? '').not.toBe('');
    return error;
  }
  return expect.fail('it was opened');
}

const triedOf = (fault: Fault) => (fault.data?.tried as { path: string; outcome: string }[]) ?? [];

describe.each<ChainFormat>(['vhdx', 'vhd'])('the parent of a differencing %s', format => {
  const base = `Base Disk.${format}`;
  const child = `child.a${format}`;

  it.each<[string, string, Recorded]>([
    ['beside the child', base, { relative: `.\\${base}` }],
    ['beside the child, without the dot', base, { relative: base }],
    ['in a folder beside it', `disks/${base}`, { relative: `disks\\${base}` }],
    ['above the child', `../${base}`, { relative: `..\\${base}` }],
    ['where only the drive is another one', `../Hyper-V/Disks/${base}`, { absolute: `D:\\Hyper-V\\Disks\\${base}` }],
    ['by a long path of Windows', `../Hyper-V/Disks/${base}`, { absolute: `\\\\?\\D:\\Hyper-V\\Disks\\${base}` }],
    ['in the same tree of a share', `../Disks/${base}`, { absolute: `\\\\server\\share\\Disks\\${base}` }],
    [
      'in the same tree of a share, by a long path',
      `Disks/${base}`,
      { absolute: `\\\\?\\UNC\\server\\share\\Disks\\${base}` },
    ],
    ['beside the child by the name of a path that is not there', base, { absolute: `E:\\nowhere\\at all\\${base}` }],
    ['by a name in other letters', `bASE dISK.${format.toUpperCase()}`, { relative: `.\\${base}` }],
    ['in a folder in other letters', `DISKS/${base}`, { relative: `.\\Disks\\${base}` }],
    [
      'by a name that is normalized in another way',
      'Bäse.disk'.normalize('NFD'),
      { relative: '.\\Bäse.disk'.normalize('NFC') },
    ],
  ])('is found %s', async (_, place, recorded) => {
    const at = makeFolder('vms', 'Hyper-V/Disks', 'Disks', dirname(join('vms', place)));
    const parent = makeFile(format, join(at('vms'), place), { id: 1 });
    const path = makeFile(format, join(at('vms'), child), { id: 2, parent: recorded });
    expect(await findParents(path)).toEqual({ parents: [parent], bytes: [1, 2, 0, 0] });
  });

  it('is found through any number of children, each relative to its own place', async () => {
    const at = makeFolder('a', 'b', 'c');
    const files = [
      makeFile(format, at(`a/1.${format}`), { id: 1 }),
      makeFile(format, at(`b/2.a${format}`), { id: 2, parent: { id: 1, relative: `..\\a\\1.${format}` } }),
      makeFile(format, at(`c/3.a${format}`), { id: 3, parent: { id: 2, relative: `..\\b\\2.a${format}` } }),
      makeFile(format, at(`c/4.a${format}`), { id: 4, parent: { id: 3, relative: `.\\3.a${format}` } }),
    ];
    expect(await findParents(files[3] as string)).toEqual({
      parents: files.slice(0, 3).reverse(),
      bytes: [1, 2, 3, 4],
    });
  });

  it('is found among files and in folders that the caller names, for every child of the chain', async () => {
    const at = makeFolder('away', 'vms');
    const first = makeFile(format, at(`away/renamed.bin`), { id: 1 });
    const second = makeFile(format, at(`away/2.a${format}`), { id: 2, parent: { id: 1, relative: `.\\1.${format}` } });
    const path = makeFile(format, at(`vms/3.a${format}`), { id: 3, parent: { id: 2, relative: `.\\2.a${format}` } });
    const expected = { parents: [second, first], bytes: [1, 2, 3, 0] };
    expect(await findParents(path, { parents: [at('away'), first] })).toEqual(expected);
    // All files of the chain in any order, the child among them.
    expect(await findParents(path, { parents: [path, first, second] })).toEqual(expected);
    const fault = await failToOpen(path, { parents: [at('nowhere')] });
    expect(fault).toMatchObject({ code: 'not_found', data: { field: 'parents', path: at('nowhere') } });
  });

  it('is the one that the caller names, before that at the recorded place', async () => {
    const at = makeFolder('other');
    makeFile(format, at(base), { id: 1, byte: 77 });
    const chosen = makeFile(format, at(`other/${base}`), { id: 1, byte: 99 });
    const path = makeFile(format, at(child), { id: 2, parent: { relative: `.\\${base}` } });
    expect((await findParents(path)).bytes).toEqual([77, 2, 0, 0]);
    expect(await findParents(path, { parents: [at('other')] })).toEqual({ parents: [chosen], bytes: [99, 2, 0, 0] });
  });

  it('is passed over where it has another id, as long as there is one with the right id', async () => {
    const at = makeFolder('old', 'Disks');
    makeFile(format, at(base), { id: 3 });
    const right = makeFile(format, at(`Disks/${base}`), { id: 1 });
    const recorded = { relative: `.\\${base}`, absolute: `C:\\Disks\\${base}` };
    const path = makeFile(format, at(child), { id: 2, parent: recorded });
    expect((await findParents(path)).parents).toEqual([right]);
    expect((await findParents(path, { parents: [at('old'), at(base)] })).parents).toEqual([right]);
  });

  it('is missed with the names of all files that were tried', async () => {
    const at = makeFolder();
    const recorded = { relative: `..\\gone\\${base}`, absolute: `C:\\vms\\${base}` };
    const path = makeFile(format, at(child), { id: 2, parent: recorded });
    const fault = await failToOpen(path);
    expect(fault).toMatchObject({
      code: 'not_found',
      data: { reason: 'missing_parent', path, parentIds: [idOf(format, 1)] },
    });
    const tried = triedOf(fault);
    const expected = [join(dirname(at('')), 'gone', base), `/mnt/c/vms/${base}`, at(`vms/${base}`), at(base)];
    if (posix) expect(tried.map(each => each.path)).toEqual(expect.arrayContaining(expected));
    expect(tried.every(({ outcome }) => outcome === 'missing')).toBe(true);
    for (const each of tried.slice(0, 12)) expect(fault.message).toContain(each.path);
    expect([fault.message.includes(`"${path}"`), fault.remedy]).toEqual([true, expect.stringContaining('--parents')]);
    expect(fault.data?.recorded).toEqual(expect.arrayContaining(Object.values(recorded)));
  });

  it('is called changed where it has another id, with both', async () => {
    const at = makeFolder();
    const parent = makeFile(format, at(base), { id: 3 });
    const path = makeFile(format, at(child), { id: 2, parent: { relative: `.\\${base}` } });
    const fault = await failToOpen(path);
    expect(fault).toMatchObject({ code: 'conflict', data: { reason: 'changed_parent', parentIds: [idOf(format, 1)] } });
    expect(fault.message).toContain(parent);
    expect([fault.message, fault.remedy].join()).toContain(idOf(format, 3));
    expect(fault.remedy).toContain(idOf(format, 1));
    expect(triedOf(fault)).toContainEqual({ path: parent, outcome: 'other', id: idOf(format, 3) });
  });

  it.each<[string, (path: string) => void]>([
    ['another format', path => writeFileSync(path, Buffer.alloc(mebibyte, 'QFI\xfb', 'latin1'))],
    ['no content', path => writeFileSync(path, '')],
    ['only its beginning', path => truncateSync(makeFile(format, path, { id: 1 }), 100)],
    ['the shape of a folder', path => mkdirSync(path)],
  ])('is called unreadable where it has %s', async (_, make) => {
    const at = makeFolder();
    make(at(base));
    const path = makeFile(format, at(child), { id: 2, parent: { relative: `.\\${base}` } });
    const fault = await failToOpen(path);
    expect(fault.code).toBe('invalid');
    expect(fault.message).toContain(at(base));
    expect(triedOf(fault)).toContainEqual(expect.objectContaining({ path: at(base), outcome: 'unreadable' }));
  });

  it.runIf(posix)('is called unreadable where it may not be read', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('needs an ordinary user: root may read everything');
    const at = makeFolder();
    chmodSync(makeFile(format, at(base), { id: 1 }), 0);
    const path = makeFile(format, at(child), { id: 2, parent: { relative: `.\\${base}` } });
    expect(await failToOpen(path)).toMatchObject({ code: 'denied', data: { reason: 'unreadable_parent' } });
  });

  it('is told to be damaged in itself where its id is right and the rest is not', async () => {
    const at = makeFolder();
    const parent = makeFile(format, at(base), { id: 1 });
    if (format === 'vhdx') truncateSync(parent, 1.5 * mebibyte);
    else new SparseFile(parent, 'r+').write(512, Buffer.alloc(8));
    const path = makeFile(format, at(child), { id: 2, parent: { relative: `.\\${base}` } });
    expect(await failToOpen(path)).toMatchObject({ code: 'invalid', data: { path: parent } });
  });

  it('must not be the child itself, by whatever name', async () => {
    const at = makeFolder();
    const self = makeFile(format, at(child), { id: 1, parent: { id: 1, relative: `.\\${child}` } });
    const fault = await failToOpen(self);
    expect(fault).toMatchObject({ code: 'invalid', message: expect.stringContaining('loop') });
    if (!posix) return;
    makeFile(format, at(child), { id: 1, parent: { id: 1, relative: `.\\link.${format}` } });
    symlinkSync(at(child), at(`link.${format}`));
    expect((await failToOpen(self)).message).toContain('loop');
  });

  it('must not lead back to a child of its own', async () => {
    const at = makeFolder();
    const [one, two, three] = [1, 2, 3].map(id =>
      makeFile(format, at(`${id}.a${format}`), {
        id,
        parent: { id: (id % 3) + 1, relative: `.\\${(id % 3) + 1}.a${format}` },
      }),
    ) as [string, string, string];
    for (const path of [one, two, three]) {
      const fault = await failToOpen(path);
      expect(fault).toMatchObject({ code: 'invalid', message: expect.stringContaining('loop') });
      expect(fault.message).toContain(basename(path));
    }
  });

  it('may be missing far below, and then it is named, and who needs it', async () => {
    const at = makeFolder();
    const middle = makeFile(format, at(`2.a${format}`), { id: 2, parent: { id: 1, relative: `.\\1.${format}` } });
    const path = makeFile(format, at(`3.a${format}`), { id: 3, parent: { id: 2, relative: `.\\2.a${format}` } });
    const fault = await failToOpen(path);
    expect(fault).toMatchObject({ code: 'not_found', data: { path: middle, reason: 'missing_parent' } });
    expect(fault.message).toContain(at(`1.${format}`));
    makeFile(format, at(`1.${format}`), { id: 9 });
    expect(await failToOpen(path)).toMatchObject({
      code: 'conflict',
      data: { path: middle, reason: 'changed_parent' },
    });
  });

  it('may be one of very many, but not of more than any chain has', async () => {
    const at = makeFolder();
    let last = '';
    for (let id = 1; id <= 201; id++) {
      const parent = id === 1 ? undefined : { id: id - 1, relative: `.\\${id - 1}.${format}` };
      last = makeFile(format, at(`${id}.${format}`), { id, ...(parent && { parent }) });
      if (id === 150) expect((await findParents(last)).parents).toHaveLength(149);
    }
    const fault = await failToOpen(last);
    expect(fault).toMatchObject({ code: 'invalid', data: { structure: 'chain of parents' } });
    expect(fault.message).toMatch(/more than 200 images/);
  });

  it.each<[string, string]>([
    ['a line break', 'x\nFault: all is well\r\u001b[2J.vhdx'],
    ['text that runs backwards', 'x\u202exdhv.vhdx'],
    ['more letters than any file may have', `${'x'.repeat(20_000)}.vhdx`],
    ['many folders', `${'a\\'.repeat(5000)}x.vhdx`],
    ['nothing but folders above', '..\\..\\..\\..\\..\\..\\..\\..\\..\\..\\..'],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a separator', '\\'],
    ['a file that is no image', '..\\..\\..\\..\\..\\..\\..\\..\\etc\\passwd'],
    ['half of a letter', 'x\ud800.vhdx'],
  ])('may be recorded with %s, and nothing comes of it but a short message on one line', async (_, name) => {
    const at = makeFolder();
    const path = makeFile(format, at(child), {
      id: 2,
      parent: { relative: name, absolute: `C:\\${name}`, name: name.slice(0, 200) },
    });
    for (const parents of [[], [at('')]]) {
      const fault = await failToOpen(path, { parents });
      expect(['not_found', 'invalid']).toContain(fault.code);
      const shown = [fault.message, fault.remedy ?? '', JSON.stringify(fault.data)];
      for (const text of shown) expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(Math.max(...shown.map(text => text.length))).toBeLessThan(60_000);
      expect(fault.message.length).toBeLessThan(12_000);
    }
  });

  it('is not looked for on other computers', async () => {
    const at = makeFolder();
    const recorded = { relative: `\\\\attacker\\share\\${base}`, absolute: `\\\\?\\UNC\\attacker\\share\\${base}` };
    const path = makeFile(format, at(child), { id: 2, parent: recorded });
    const fault = await failToOpen(path);
    expect(fault.code).toBe('not_found');
    for (const tried of triedOf(fault)) expect(tried.path).not.toMatch(/^[\\/]{2}|attacker/);
    // It may lie in the same tree here.
    const parent = makeFile(format, at(base), { id: 1 });
    expect((await findParents(path)).parents).toEqual([parent]);
  });
});

describe('the parent of a VHDX', () => {
  it('may have the second of two ids, as while it is merged', async () => {
    const at = makeFolder();
    makeFile('vhdx', at('base.vhdx'), { id: 1 });
    const path = makeFile('vhdx', at('a.avhdx'), { id: 2, parent: { id: 7, secondId: 1, relative: '.\\base.vhdx' } });
    expect((await findParents(path)).bytes).toEqual([1, 2, 0, 0]);
    const other = makeFile('vhdx', at('b.avhdx'), { id: 2, parent: { id: 7, secondId: 8, relative: '.\\base.vhdx' } });
    expect((await failToOpen(other)).remedy).toContain(`${guidOf(7)} or ${guidOf(8)}`);
  });

  it('is known by its newer header alone', async () => {
    const at = makeFolder();
    const parent = makeFile('vhdx', at('base.vhdx'), { id: 1 });
    const path = makeFile('vhdx', at('a.avhdx'), { id: 2, parent: { relative: '.\\base.vhdx' } });
    const file = new SparseFile(parent, 'r+');
    const fields = { dataWriteId: guidOf(5), logOffset: mebibyte, logLength: mebibyte };
    file.write(headerOffsets[1], encodeHeader({ ...fields, sequence: 100n }));
    expect((await failToOpen(path)).code).toBe('conflict');
    file.write(headerOffsets[1] + 100, Buffer.from('damaged'));
    expect((await findParents(path)).bytes).toEqual([1, 2, 0, 0]);
    file.close();
  });

  it('is found on its volume', async () => {
    const at = makeFolder('vms', 'Disks');
    const parent = makeFile('vhdx', at('Disks/base.vhdx'), { id: 1 });
    const volume = '\\\\?\\Volume{26A21BDA-A627-11D7-9931-806E6F6E6963}\\Disks\\base.vhdx';
    const path = makeFile('vhdx', at('vms/a.avhdx'), { id: 2, parent: { volume } });
    expect((await findParents(path)).parents).toEqual([parent]);
  });

  it('can only be looked for by its id where no place is recorded', async () => {
    const at = makeFolder();
    const path = makeFile('vhdx', at('a.avhdx'), { id: 2, parent: {} });
    const fault = await failToOpen(path);
    expect(fault).toMatchObject({ code: 'not_found', message: expect.stringContaining('no place') });
    const parent = makeFile('vhdx', at('anything'), { id: 1 });
    expect((await findParents(path, { parents: [parent] })).parents).toEqual([parent]);
  });
});

describe('the parent of a VHD', () => {
  it.each<[string, Recorded]>([
    ['the name in its header', { name: 'base disk.vhd' }],
    ['a path in its header', { name: 'C:\\vms\\base disk.vhd' }],
    ['a URL', { url: 'file://localhost/./base%20disk.vhd' }],
  ])('is found by %s', async (_, recorded) => {
    const at = makeFolder();
    const parent = makeFile('vhd', at('base disk.vhd'), { id: 1 });
    const path = makeFile('vhd', at('child.vhd'), { id: 2, parent: recorded });
    expect((await findParents(path)).parents).toEqual([parent]);
  });

  it('may be a fixed one, and need not be as large', async () => {
    const at = makeFolder();
    const { VhdWriter } = await import('../support/images/vhd-writer.ts');
    const writer = new VhdWriter(at('base.vhd'), { virtualSize: mebibyte, fixed: true, id: '1'.padStart(32, '0') });
    writer.write(512, Buffer.alloc(512, 1));
    writer.close();
    const path = makeFile('vhd', at('child.vhd'), { id: 2, parent: { relative: '.\\base.vhd' } });
    expect((await findParents(path)).bytes).toEqual([1, 2, 0, 0]);
    const image = await openImage(path);
    expect((await image.read(mebibyte - 512, mebibyte)).equals(Buffer.alloc(mebibyte))).toBe(true);
    await image.close();
    rmSync(at('base.vhd'));
    await expect(openImage(path)).rejects.toMatchObject({ code: 'not_found' });
  });
});
