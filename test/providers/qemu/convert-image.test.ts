import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findTool } from '../../../scripts/sample/run-tool.ts';
import { makeVhdx } from '../../disk/support/make-vhdx.ts';
import { writePattern } from '../../disk/support/pattern.ts';
import { recordProgress } from '../../rpc/support/test-bridge.ts';
import { processesNaming } from '../../support/leftovers.ts';
import {
  drivers,
  type Format,
  findDifference,
  formats,
  hashFile,
  missingEngine,
  openImageTools,
  qemuImg,
} from './support/image-tools.ts';

const mebibyte = 2 ** 20;
// Ends amid a block of every format, and no number of cylinders gives it.
const diskSize = 37 * mebibyte + 512;
const parts = [
  [0, 70_000],
  [9 * mebibyte + 512, 300_000],
  [diskSize - 1024, 1024],
] as const;

describe('image.convert', () => {
  let test: Awaited<ReturnType<typeof openImageTools>>;
  let source: string;
  beforeAll(async () => {
    test = await openImageTools();
    source = test.at('source.raw');
    writePattern(source, diskSize, parts);
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(ctx => {
    if (missingEngine) ctx.skip(missingEngine);
  });

  const convert = async (input: Record<string, unknown>, caller = {}) =>
    (await test.call('image.convert', { wait: 300, ...input }, caller)).result;
  const fail = (input: Record<string, unknown>, caller = {}) =>
    convert(input, caller).then(
      () => expect.fail('it was converted'),
      fault => fault,
    );

  const pairs = formats.flatMap(from => formats.map(to => [from, to] as const));
  it.each(pairs)('makes %s into %s with the same content, which another program reads', async (from, to) => {
    const image = await provide(from);
    const before = hashFile(image);
    const target = test.at(`${from}-to.${to}`);
    const result = await convert({ image, target });
    expect(result).toMatchObject({ path: target, format: to, virtualSize: diskSize });
    expect(findDifference(target, drivers[to], source)).toBeUndefined();
    const info = JSON.parse(qemuImg('info', '--output=json', '-f', drivers[to], target));
    expect(info['virtual-size']).toBe(diskSize);
    expect(hashFile(image)).toBe(before);
    rmSync(target);
  });

  /** The source in a format, made once by qemu-img itself. */
  async function provide(format: Format): Promise<string> {
    const file = test.at(`provided.${format}`);
    if (!test.names().includes(path.basename(file))) {
      const exact = format === 'vhd' ? ['-o', 'force_size=on'] : [];
      qemuImg('convert', '-f', 'raw', '-O', drivers[format], ...exact, source, file);
    }
    return file;
  }

  it.each([
    ['raw', { allocate: true }, undefined],
    ['qcow2', { allocate: true }, undefined],
    ['qcow2', { compressed: true }, undefined],
    ['vhd', { allocate: true }, 'fixed'],
    ['vhdx', { allocate: true }, 'fixed'],
    ['vdi', { allocate: true }, 'fixed'],
    ['vmdk', { compressed: true }, 'streamOptimized'],
  ] as const)('makes %s with %j, compared with the source', async (format, options, variant) => {
    const target = test.at(`shaped.${format}`);
    const result = await convert({ image: source, target, verify: true, ...options });
    expect(result).toMatchObject({ format, ...(variant === undefined ? {} : { variant }) });
    expect(findDifference(target, drivers[format], source)).toBeUndefined();
    if ('allocate' in options) {
      const space = variant === undefined ? result.allocatedSize : result.fileSize;
      expect(space).toBeGreaterThanOrEqual(diskSize);
    } else {
      const plain = await convert({ image: source, target: test.at(`plain.${format}`) });
      expect(result.fileSize).toBeLessThan(plain.fileSize);
      rmSync(plain.path);
    }
    rmSync(target);
  });

  it('takes a raw disk that ends amid a sector, and a disc', async ctx => {
    const odd = test.at('odd.raw');
    writeFileSync(odd, Buffer.alloc(1_000_001, 'x'));
    expect(await convert({ image: odd, target: test.at('odd.vhd') })).toMatchObject({ virtualSize: 1_000_448 });
    expect(await convert({ image: odd, target: test.at('odd-copy.img') })).toMatchObject({ format: 'raw' });
    if (findTool('xorriso') === undefined) return ctx.skip('xorriso is not installed');
    const disc = test.at('disc.iso');
    execFileSync('xorriso', ['-as', 'mkisofs', '-o', disc, '-graft-points', `/source.raw=${odd}`], { stdio: 'pipe' });
    const made = await convert({ image: disc, target: test.at('disc.qcow2') });
    expect(made.warnings).toEqual([]);
    expect(findDifference(made.path, 'qcow2', disc)).toBeUndefined();
  });

  it('merges what an image stands on, and says so', async () => {
    const child = test.at('child.qcow2');
    await test.call('image.create', { target: child, backing: source, backingFormat: 'raw', wait: 60 });
    qemuImgWrite(child);
    const target = test.at('merged.vhdx');
    const result = await convert({ image: child, target });
    expect(result.warnings.join()).toContain(source);
    qemuImg('convert', '-O', 'raw', child, test.at('merged.raw'));
    expect(findDifference(target, 'vhdx', test.at('merged.raw'))).toBeUndefined();
    expect(findDifference(target, 'vhdx', source)).toBeDefined();
  });

  function qemuImgWrite(file: string): void {
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x5a 5M 64k', file], { stdio: 'pipe' });
  }

  it('tells how far it is, with bytes', async () => {
    const seen = recordProgress();
    await convert({ image: source, target: test.at('told.qcow2'), verify: true }, { progress: seen.progress });
    const fractions = seen.updates.map(({ fraction }) => fraction ?? 0);
    expect(fractions.filter(fraction => fraction > 0 && fraction < 1).length).toBeGreaterThan(1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(seen.updates.some(({ message }) => /\d+\.\d of about \d+\.\d MiB/.test(message))).toBe(true);
  });

  it.each([
    'a,b=c.qcow2',
    'json:{"driver":"null-co"}.qcow2',
    'nbd:localhost:1.qcow2',
    '-O raw.qcow2',
    'per%cent%s%n.qcow2',
    'a "quoted" \'name\'.qcow2',
    'new\nline.qcow2',
    'ünïcödé 文字 😀.qcow2',
    '$(touch pwned) `id`.qcow2',
    'back\\slash.qcow2',
    'RW 1 SPARSE "x".vmdk',
    ' leading and trailing .vmdk',
  ])('takes %j as a plain name, for source and target', async name => {
    const target = test.at(name);
    await convert({ image: source, target });
    expect(test.names()).toContain(name);
    const back = await convert({ image: target, target: `${target}.raw` });
    expect(back.virtualSize).toBe(diskSize);
    expect(hashFile(`${target}.raw`)).toBe(hashFile(source));
    expect(test.names()).not.toContain('pwned');
  });

  it('never writes over anything', async () => {
    const there = test.at('there.qcow2');
    writeFileSync(there, 'precious');
    symlinkSync(test.at('nowhere'), test.at('link.qcow2'));
    mkdirSync(test.at('folder.qcow2'));
    execFileSync('mkfifo', [test.at('pipe.qcow2')]);
    const before = test.names();
    for (const name of ['there', 'link', 'folder', 'pipe']) {
      expect(await fail({ image: source, target: test.at(`${name}.qcow2`) })).toMatchObject({
        code: 'conflict',
        remedy: expect.any(String),
        data: { field: 'target' },
      });
    }
    expect(await fail({ image: source, target: source })).toMatchObject({ code: 'conflict' });
    expect(await fail({ image: source, target: '/dev/null', targetFormat: 'raw' })).toMatchObject({ code: 'conflict' });
    expect(test.names()).toEqual(before);
    expect(readFileSync(there, 'utf8')).toBe('precious');
  });

  it('leaves alone what takes the name while it copies', async () => {
    const target = test.at('late.qcow2');
    const progress = () => writeFileSync(target, 'first');
    expect(await fail({ image: source, target }, { progress })).toMatchObject({ code: 'conflict' });
    expect(readFileSync(target, 'utf8')).toBe('first');
    expect(test.names().filter(name => name.startsWith('.vmbridge'))).toEqual([]);
  });

  it('refuses an image that is written to while it is copied', async () => {
    const changing = test.at('changing.raw');
    writePattern(changing, 64 * mebibyte, [[0, 4 * mebibyte]]);
    let count = 0;
    const progress = () => truncateSync(changing, 64 * mebibyte + 512 * ++count);
    const fault = await fail({ image: changing, target: test.at('changed.qcow2') }, { progress });
    expect(fault).toMatchObject({ code: 'conflict', data: { reason: 'changed' } });
    expect(test.names()).not.toContain('changed.qcow2');
  });

  it.each([
    ['a folder that is not there', { target: 'nowhere/x.qcow2' }, 'not_found', 'target'],
    ['a folder that is a file', { target: 'source.raw/x.qcow2' }, 'invalid', 'target'],
    ['the name of a folder', { target: 'x.qcow2/' }, 'invalid', 'target'],
    ['a name that is too long', { target: `${'x'.repeat(300)}.qcow2` }, 'invalid', 'target'],
    ['a name that says no format', { target: 'x.dat' }, 'invalid', 'targetFormat'],
    ['compression where there is none', { target: 'x.vhd', compressed: true }, 'unsupported', 'compressed'],
    ['a flat VMDK, which is two files', { target: 'x.vmdk', allocate: true }, 'unsupported', 'allocate'],
    ['compressed and allocated', { target: 'x.qcow2', compressed: true, allocate: true }, 'invalid', 'allocate'],
    ['a missing image', { image: 'missing.raw', target: 'x.qcow2' }, 'not_found', 'image'],
  ])('refuses %s', async (_what, { image, target, ...input }: Record<string, unknown>, code, field) => {
    const before = test.names();
    const named = { image: image === undefined ? source : test.at(String(image)), target: `${test.folder}/${target}` };
    expect(await fail({ ...named, ...input })).toMatchObject({ code, data: { field } });
    expect(test.names()).toEqual(before);
  });

  it('refuses a disk that is too large for the format, and a VHDX whose parent is missing', async () => {
    const large = test.at('large.raw');
    qemuImg('create', '-q', '-f', 'raw', large, String(2041 * 2 ** 30));
    expect(await fail({ image: large, target: test.at('x.vhd') })).toMatchObject({ code: 'unsupported' });
    rmSync(large);
    const child = test.at('child.vhdx');
    const parent = { parent_linkage: '{83ed0ec3-24c8-49a6-a959-5e4bd1288015}', relative_path: '.\\parent.vhdx' };
    writeFileSync(child, makeVhdx({ virtualSize: mebibyte, parent }));
    const fault = await fail({ image: child, target: test.at('x.raw') });
    expect(fault).toMatchObject({ code: 'not_found', data: { field: 'image' }, remedy: expect.any(String) });
  });

  it('refuses an image that another program writes to', async () => {
    const image = test.at('locked.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', image, '16M');
    const holder = spawn('qemu-io', ['-f', 'qcow2', image], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      holder.stdin.write('write 0 64k\n');
      await new Promise(resolve => holder.stdout.once('data', resolve));
      for (const call of [
        fail({ image, target: test.at('x.raw') }),
        test.call('image.create', { target: test.at('y.qcow2'), backing: image, wait: 60 }).catch(fault => fault),
        test.call('image.resize', { image, sizeBytes: 32 * mebibyte }).catch(fault => fault),
      ]) {
        expect(await call).toMatchObject({ code: 'conflict', data: { reason: 'locked' } });
      }
    } finally {
      holder.stdin.end();
      await new Promise(resolve => holder.once('exit', resolve));
    }
  });

  it('leaves nothing when it is cancelled, and qemu-img is gone by then', async () => {
    const image = test.at('slow.raw');
    writePattern(image, 600 * mebibyte, [[0, 200 * mebibyte]]);
    const before = test.names();
    const stop = new AbortController();
    const seen: number[] = [];
    const caller = {
      signal: stop.signal,
      progress: ({ fraction = 0 }) => {
        seen.push(fraction);
        if (fraction > 0.02) stop.abort();
      },
    };
    const fault = await fail({ image, target: test.at('slow.qcow2'), compressed: true }, caller);
    expect(fault.code).toBe('cancelled');
    expect(Math.max(...seen)).toBeLessThan(1);
    expect(test.names()).toEqual(before);
    expect(processesNaming(test.folder)).toEqual([]);
  });

  it('over MCP is offered as what makes something', () => {
    const hints = test.bridge.listTools().find(({ id }) => id === 'image.convert')?.mcp.annotations;
    expect(hints).toMatchObject({ readOnlyHint: false, destructiveHint: false });
  });

  it('notices a full disk before it begins, and while it writes', async ctx => {
    const mount = test.at('small');
    mkdirSync(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount], { stdio: 'pipe' });
    } catch {
      return ctx.skip('a small file system can not be mounted: this takes root');
    }
    try {
      const image = test.at('big.raw');
      writePattern(image, 64 * mebibyte, [[0, 32 * mebibyte]]);
      const early = await fail({ image, target: path.join(mount, 'big.qcow2') });
      expect(early).toMatchObject({
        code: 'host_fault',
        remedy: expect.stringMatching(/^Free \d+ bytes/),
        data: { field: 'target', reason: 'disk_full', freeBytes: expect.any(Number) },
      });
      expect(early.data.neededBytes).toBeGreaterThan(32 * mebibyte);
      // How much a compressed image takes is found out on the way.
      const late = await fail({ image, target: path.join(mount, 'big.qcow2'), compressed: true });
      expect(late).toMatchObject({ code: 'host_fault', data: { reason: 'disk_full' }, remedy: expect.any(String) });
      expect(execFileSync('ls', ['-A', mount], { encoding: 'utf8' })).toBe('');
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});
