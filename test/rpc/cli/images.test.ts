import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeVhdx } from '../../disk/support/make-vhdx.ts';
import { haveTools, runTool } from '../../disk/support/tools.ts';
import { createTestHome, type TestHome } from '../../support/mcp-home.ts';
import { type RunOptions, runVmbridge } from './support/run-vmbridge.ts';

const mebibyte = 2 ** 20;
const baseId = '11111111-2222-3333-4444-555555555555';
let home: TestHome;
const at = (name: string) => path.join(home.folder, name);
const run = (words: readonly string[], options?: RunOptions) => runVmbridge(home, words, options);

beforeAll(() => {
  home = createTestHome({});
  const block = { state: 6, content: Buffer.alloc(mebibyte, 'base') };
  writeFileSync(
    at('base.vhdx'),
    makeVhdx({ virtualSize: 2 * mebibyte, dataWriteId: baseId, blocks: new Map([[0, block]]) }),
  );
  const own = { state: 6, content: Buffer.alloc(mebibyte, 'child') };
  const parent = { parent_linkage: `{${baseId.toUpperCase()}}`, relative_path: '.\\gone\\base.vhdx' };
  writeFileSync(at('child.avhdx'), makeVhdx({ virtualSize: 2 * mebibyte, parent, blocks: new Map([[1, own]]) }));
});
afterAll(() => home.remove());

describe('the verbs for images', () => {
  it('tell of the files of a chain', async () => {
    const { status, stdout } = await run(['inspect', at('child.avhdx')]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/parents .*base\.vhdx/);
    expect(stdout).toMatch(/blocks 1 +1 of 2 held/);
    expect(stdout).toMatch(new RegExp(`data id 2 +${baseId}`));
  });

  it('say that an image is intact, and what is wrong with one that is not', async () => {
    const whole = await run(['verify', at('child.avhdx'), '--sha256']);
    expect(whole).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/INTACT.*\n(.*\n)*.*unchanged \(size, times and SHA-256/),
    });
    const bytes = readFileSync(at('base.vhdx'));
    // Its only block is said to lie over the log.
    bytes.writeBigUInt64LE(BigInt(mebibyte) | 6n, 3 * mebibyte);
    writeFileSync(at('damaged.vhdx'), bytes);
    const broken = await run(['verify', at('damaged.vhdx'), '--json']);
    expect(broken.status).toBe(1);
    expect(JSON.parse(broken.stdout)).toMatchObject({
      intact: false,
      problems: [{ severity: 'error', structure: 'VHDX block allocation table', offset: 3 * mebibyte }, {}],
    });
    const told = await run(['verify', at('damaged.vhdx')]);
    expect(told.stdout).toMatch(/DAMAGED[\s\S]*error: .*damaged\.vhdx: VHDX block allocation table at byte 3145728/);
  });

  it('take parents by a flag that may be given again, and name a missing one as a bad field', async () => {
    writeFileSync(
      at('lone.avhdx'),
      makeVhdx({ virtualSize: mebibyte, parent: { parent_linkage: `{${baseId}}`, relative_path: 'x.vhdx' } }),
    );
    const lost = await run(['inspect', at('lone.avhdx')]);
    expect(lost.status).toBe(1);
    expect(lost.stderr).toMatch(/needs its parent "x\.vhdx", which was not found.*--parents/s);
    const found = await run([
      'inspect',
      at('lone.avhdx'),
      '--parents',
      home.folder,
      '--parents',
      at('base.vhdx'),
      '--json',
    ]);
    expect(JSON.parse(found.stdout).parents).toEqual([at('base.vhdx')]);
    const wrong = await run(['inspect', at('lone.avhdx'), '--parents', at('nowhere')]);
    expect(wrong.stderr).toMatch(/nowhere", given as a parent, does not exist/);
  });

  it.skipIf(!haveTools('qemu-img'))('export a chain as one image', async () => {
    const target = at('merged.raw');
    const { status, stdout } = await run(['export', at('child.avhdx'), target, '--sha256']);
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/sources +2 unchanged/) });
    const content = Buffer.concat([Buffer.alloc(mebibyte, 'base'), Buffer.alloc(mebibyte, 'child')]);
    expect(readFileSync(target).equals(content)).toBe(true);
    const taken = await run(['export', at('child.avhdx'), target]);
    expect([taken.status, taken.stderr]).toEqual([1, expect.stringMatching(/a file at .* already/)]);
    const other = await run(['export', at('child.avhdx'), at('x.qcow2'), '--to', 'vmdk']);
    expect(other.status).toBe(2);
  });
});

describe.skipIf(!haveTools('qemu-img', 'mformat', 'mcopy'))('files in an image', () => {
  it('are listed and copied out of it by the tools for that', async () => {
    const raw = at('files.raw');
    runTool('mformat', '-C', '-T', '65536', '-i', raw);
    writeFileSync(at('letter.txt'), 'Dear reader');
    runTool('mcopy', '-i', raw, at('letter.txt'), '::letter.txt');
    runTool('qemu-img', 'convert', '-O', 'vhdx', raw, at('files.vhdx'));
    const listed = await run(['call', 'image.ls', '--image', at('files.vhdx'), '--json']);
    expect(listed.json).toMatchObject({
      volume: { fileSystem: expect.stringMatching(/^fat/) },
      entries: [{ name: 'letter.txt', kind: 'file', size: 11 }],
    });
    const words = ['call', 'image.cp', '--image', at('files.vhdx'), '--path', '/letter.txt', '--target', at('got.txt')];
    expect((await run(words)).status).toBe(0);
    expect(readFileSync(at('got.txt'), 'utf8')).toBe('Dear reader');
    expect((await run(words)).status).toBe(1);
  });
});
