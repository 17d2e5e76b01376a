import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolOutput } from '../../src/catalog/types.ts';
import type { Bridge } from '../../src/rpc/bridge.ts';
import { openBridge } from '../../src/rpc/open-bridge.ts';
import { blockDebug } from '../support/images/block-debug.ts';
import * as images from '../support/images/index.ts';
import { makeVhdxChain } from '../support/images/vhdx-chain.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const mebibyte = 2 ** 20;
const blockSize = 8 * mebibyte;
const folder = await mkdtemp(path.join(tmpdir(), 'vmb-backups-'));
const at = (name: string) => path.join(folder, name);
let bridge: Bridge;

beforeAll(async () => {
  process.env.VMBRIDGE_HOME = at('home');
  bridge = await openBridge({ stderrLevel: 'silent' });
});

afterAll(async () => {
  await bridge.close();
  await rm(folder, { recursive: true, force: true });
});

async function call<Id extends 'image.prove' | 'image.inspect' | 'image.verify' | 'image.export' | 'image.convert'>(
  id: Id,
  input: Record<string, unknown>,
): Promise<ToolOutput<Id>> {
  const wait = id === 'image.inspect' ? {} : { wait: 600 };
  const caller = { door: 'cli', signal: new AbortController().signal } as const;
  const answer = await bridge.call(id, { ...input, ...wait }, caller);
  return ((answer as { result?: unknown }).result ?? answer) as ToolOutput<Id>;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** All that somebody could find changed about a file. */
async function portray(file: string) {
  // First: reading the content is a read, too.
  const content = await sha256(file);
  const { size, mtimeMs, ctimeMs, atimeMs, ino } = statSync(file);
  return { sha256: content, size, mtimeMs, ctimeMs, atimeMs, ino };
}

function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8' });
}

/** The sample disk as a VHDX whose first block, with the boot loader in it, only its log knows of. */
async function makeDirtyDisk(raw: string): Promise<string> {
  const whole = readFileSync(raw);
  writeFileSync(at('first'), whole.subarray(0, blockSize));
  writeFileSync(at('rest.raw'), Buffer.concat([Buffer.alloc(blockSize), whole.subarray(blockSize)]));
  for (let write = 1; write < 30; write++) {
    const file = at(`dirty-${write}.vhdx`);
    qemuImg('convert', '-O', 'vhdx', '-o', `block_size=${blockSize}`, at('rest.raw'), file);
    const node = { driver: 'vhdx', file: blockDebug(file, write) };
    const command = `write -s ${at('first')} 0 ${blockSize}`;
    try {
      execFileSync('qemu-io', ['-t', 'writethrough', '-c', command, `json:${JSON.stringify(node)}`], {
        stdio: 'ignore',
      });
    } catch {
      // The write is meant to fail.
    }
    const { layers } = await call('image.inspect', { image: file });
    const merged = layers[0]?.log?.state === 'dirty' && (await startsLike(file, whole.subarray(0, 512)));
    if (merged) return file;
    rmSync(file);
  }
  throw new Error('No write left a log that holds the first block.');
}

async function startsLike(image: string, sector: Buffer): Promise<boolean> {
  const { openImage } = await import('../../src/disk/open-image.ts');
  const disk = await openImage(image);
  try {
    return (await disk.read(0, sector.length)).equals(sector);
  } finally {
    await disk.close();
  }
}

const missing = missingImageTools();

describe.skipIf(missing !== undefined)(`a backup as it is${missing === undefined ? '' : ` (${missing})`}`, () => {
  let raw: string;
  beforeAll(async () => {
    raw = await images.mbrBiosGrub({ format: 'raw' });
  });

  it('boots to its login prompt although its log was never replayed, and stays as it was to the last byte and time', async () => {
    const image = await makeDirtyDisk(raw);
    const before = await portray(image);
    // QEMU itself will not have it.
    expect(() => execFileSync('qemu-img', ['convert', '-O', 'raw', image, at('no.raw')], { stdio: 'pipe' })).toThrow();
    const proof = await call('image.prove', { image, sha256: true });
    expect([proof.verdict.state, proof.unchanged]).toEqual(['login', true]);
    expect(proof.image.before.sha256).toBe(before.sha256);
    expect(proof.warnings.join()).toMatch(/replayed in memory/);
    const checked = await call('image.verify', { image, sha256: true });
    expect(checked).toMatchObject({ intact: true, problems: [], unchanged: true });
    expect(await portray(image)).toEqual(before);
    // The same disk, as an independent program sees it after the repair of a copy.
    execFileSync('cp', [image, at('copy.vhdx')]);
    qemuImg('check', '-r', 'all', at('copy.vhdx'));
    const exported = await call('image.export', { image, target: at('exported.qcow2'), sha256: true });
    expect(exported.unchanged).toBe(true);
    expect(exported.sources[0]?.after.sha256).toBe(before.sha256);
    qemuImg('compare', at('copy.vhdx'), at('exported.qcow2'));
    expect(await portray(image)).toEqual(before);
  });

  it('boots to its login prompt as a chain of three files with partly written blocks', async () => {
    const chain = await makeVhdxChain(raw, at('chain'), { layers: 3 });
    const image = chain.at(-1) ?? '';
    const before = await Promise.all(chain.map(portray));
    const proof = await call('image.prove', { image, sha256: true });
    expect([proof.verdict.state, proof.unchanged]).toEqual(['login', true]);
    expect(proof.parents.map(({ after }) => after.path)).toEqual([...chain].reverse().slice(1));
    expect((await call('image.verify', { image })).intact).toBe(true);
    for (const format of ['raw', 'qcow2', 'vhdx'] as const) {
      const target = at(`merged.${format}`);
      await call('image.export', { image, target });
      qemuImg('compare', raw, target);
      rmSync(target);
    }
    await call('image.convert', { image, target: at('merged.vhd'), verify: true });
    expect(await Promise.all(chain.map(portray))).toEqual(before);
    // The base alone does not boot: what boots is the merged view.
    const alone = await call('image.prove', { image: chain[0], limitSeconds: 20 });
    expect(alone.verdict.passed).toBe(false);
  });

  it('finds parents that were moved away when it is told where they are', async () => {
    const chain = await makeVhdxChain(raw, at('moved'), { layers: 3 });
    const image = chain.at(-1) ?? '';
    execFileSync('mkdir', [at('elsewhere')]);
    for (const file of chain.slice(0, -1)) execFileSync('mv', [file, at('elsewhere')]);
    await expect(call('image.inspect', { image })).rejects.toMatchObject({
      code: 'not_found',
      data: { reason: 'missing_parent' },
    });
    const { parents, layers } = await call('image.inspect', { image, parents: [at('elsewhere')] });
    expect(parents).toHaveLength(2);
    expect(layers.map(({ variant }) => variant)).toEqual(['differencing', 'differencing', 'dynamic']);
    const proof = await call('image.prove', { image, parents: [at('elsewhere')] });
    expect(proof.verdict.state).toBe('login');
  });

  it('gives a verdict on the image, not on the host, when the guest meets a damaged block', async () => {
    const file = at('damaged.vhdx');
    qemuImg('convert', '-O', 'vhdx', '-o', 'block_size=1M', raw, file);
    const { layers } = await call('image.inspect', { image: file });
    expect(layers[0]?.allocation?.present).toBeGreaterThan(3);
    damageBlocks(file, 3);
    const proof = await call('image.prove', { image: file, limitSeconds: 60 });
    expect(proof.verdict).toMatchObject({ state: 'inconclusive', rule: 'image-damaged', passed: false });
    expect(proof.warnings.join()).toMatch(/read of the image failed/);
    const checked = await call('image.verify', { image: file });
    expect(checked.intact).toBe(false);
    expect(checked.problems[0]).toMatchObject({ severity: 'error', structure: 'VHDX block allocation table' });
  });

  it('is read where paths are too long for sockets', async () => {
    const home = at(`${'deep'.repeat(30)}/home`);
    process.env.VMBRIDGE_HOME = home;
    const deep = await openBridge({ stderrLevel: 'silent' });
    try {
      const image = await images.mbrBiosGrub();
      const caller = { door: 'cli', signal: new AbortController().signal } as const;
      const { result } = await deep.call('image.prove', { image, wait: 600 }, caller);
      expect((result as ToolOutput<'image.prove'>).verdict.state).toBe('login');
      expect(readdirSync(path.join(home, 'run'))).toEqual([]);
    } finally {
      await deep.close();
      process.env.VMBRIDGE_HOME = at('home');
    }
  });

  it('leaves nothing behind', () => {
    const run = at('home/run');
    expect(existsSync(run) ? readdirSync(run) : []).toEqual([]);
  });
});

/** Gives all present blocks from the `number`th on a place inside of the log. */
function damageBlocks(file: string, number: number): void {
  const bytes = readFileSync(file);
  const table = bytes.indexOf(Buffer.from('6677c22d23f600429d64115e9bfd4a08', 'hex'));
  const offset = Number(bytes.readBigUInt64LE(table + 16));
  let seen = 0;
  for (let entry = offset; entry < offset + mebibyte; entry += 8) {
    if ((bytes.readUInt32LE(entry) & 7) !== 6 || ++seen < number) continue;
    bytes.writeBigUInt64LE(BigInt(mebibyte) | 6n, entry);
  }
  writeFileSync(file, bytes);
}
