import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { crc32c } from '../../src/disk/source/crc32c.ts';
import { makeVhdx, type VhdxRecipe } from './support/make-vhdx.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();
let count = 0;

function write(recipe: VhdxRecipe): string {
  const path = scratch(`made-${count++}.vhdx`);
  writeFileSync(path, makeVhdx(recipe));
  return path;
}

async function readAll(path: string): Promise<Buffer> {
  const image = await openImage(path);
  try {
    return await image.read(0, image.virtualSize);
  } finally {
    await image.close();
  }
}

describe('VHDX written by the published layout', () => {
  it('knows the sum that the format is built on', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.from('456789'), crc32c(Buffer.from('123')))).toBe(0xe3069283);
  });

  it('reads present blocks and zeros in every other state', async () => {
    const content = Buffer.alloc(mebibyte, 'content ');
    const path = write({
      virtualSize: 6 * mebibyte,
      blocks: new Map([
        [0, { state: 6, content }],
        [1, { state: 1 }],
        [2, { state: 2 }],
        [3, { state: 3 }],
        [5, { state: 6, content }],
      ]),
    });
    const zeros = Buffer.alloc(4 * mebibyte);
    expect((await readAll(path)).equals(Buffer.concat([content, zeros, content]))).toBe(true);
  });

  it('finds blocks behind the first sector bitmap entry, and reads sectors of 4096 bytes', async () => {
    const content = Buffer.alloc(4096, 'x');
    // With blocks of 32 MiB and sectors of 512 bytes a chunk has 128 blocks.
    const blockSize = 32 * mebibyte;
    const path = scratch('chunks.vhdx');
    const bytes = makeVhdx({
      virtualSize: 300 * blockSize,
      blockSize,
      blocks: new Map([[257, { state: 6, content }]]),
    });
    writeFileSync(path, bytes);
    const image = await openImage(path);
    expect((await image.read(257 * blockSize, 4096)).equals(content)).toBe(true);
    expect((await image.read(256 * blockSize, 4096)).equals(Buffer.alloc(4096))).toBe(true);
    await image.close();
    const large = await openImage(write({ virtualSize: 8 * mebibyte, sectorSize: 4096 }));
    expect([large.sectorSize, large.variant]).toEqual([4096, 'dynamic']);
    await large.close();
  });

  it('takes the header with the higher sequence number, and the other one when that is damaged', async () => {
    const logId = Buffer.alloc(16, 7);
    const bytes = makeVhdx({ virtualSize: mebibyte, sequences: [9, 4] });
    const older = makeVhdx({ virtualSize: mebibyte, sequences: [9, 4], logId });
    // Only the older header speaks of a log.
    older.copy(bytes, 128 * 1024, 128 * 1024, 132 * 1024);
    const path = scratch('headers.vhdx');
    writeFileSync(path, bytes);
    expect((await openAndClose(path)).obstacles).toEqual([]);
    bytes.fill(1, 64 * 1024 + 100, 64 * 1024 + 200);
    writeFileSync(path, bytes);
    expect((await openAndClose(path)).obstacles.map(each => each.code)).toEqual(['not_closed']);
  });

  it('reads what a differencing disk holds itself, and all else from its parent', async () => {
    const dataWriteId = '83ed0ec3-24c8-49a6-a959-5e4bd1288015';
    const content = Buffer.alloc(mebibyte, 'partly');
    const below = Buffer.alloc(mebibyte, 'parent');
    const base = scratch('base.vhdx');
    const held = new Map([0, 1, 2, 3].map(block => [block, { state: 6, content: below }]));
    writeFileSync(base, makeVhdx({ virtualSize: 4 * mebibyte, dataWriteId, blocks: held }));
    const bitmap = Buffer.alloc(mebibyte);
    bitmap[0] = 0b0000_0110;
    const path = write({
      virtualSize: 4 * mebibyte,
      parent: {
        parent_linkage: `{${dataWriteId}}`,
        relative_path: '.\\base.vhdx',
        absolute_win32_path: 'C:\\vms\\base.vhdx',
      },
      blocks: new Map([
        [0, { state: 7, content }],
        [1, { state: 6, content }],
        [2, { state: 2 }],
      ]),
      bitmap,
    });
    const first = Buffer.concat([below.subarray(0, 512), content.subarray(512, 1536), below.subarray(1536)]);
    expect((await readAll(path)).equals(Buffer.concat([first, content, Buffer.alloc(mebibyte), below]))).toBe(true);
    const inspection = await inspectImage(path);
    expect(inspection).toMatchObject({ variant: 'differencing', parents: [base], bootable: false });
    expect(inspection.layers.map(layer => [layer.path, layer.dataId, layer.parentDataId])).toEqual([
      [path, '00000000-0000-0000-0000-000000000000', dataWriteId],
      [base, dataWriteId, undefined],
    ]);
    rmSync(base);
    await expect(openImage(path)).rejects.toMatchObject({ code: 'not_found', data: { reason: 'missing_parent' } });
  });

  it('tells a file that was cut short', async () => {
    const bytes = makeVhdx({
      virtualSize: 4 * mebibyte,
      blocks: new Map([[2, { state: 6, content: Buffer.alloc(mebibyte, 1) }]]),
    });
    const path = scratch('cut.vhdx');
    writeFileSync(path, bytes.subarray(0, bytes.length - 4096));
    const image = await openAndClose(path);
    expect(image.obstacles).toMatchObject([{ code: 'truncated', blocking: true }]);
  });
});

async function openAndClose(path: string) {
  const image = await openImage(path);
  await image.close();
  return image;
}

describe.skipIf(!haveTools('qemu-img', 'qemu-io'))('VHDX left dirty by a writer that died', () => {
  /** Lets the n-th write of qemu-io fail, so that the file stays as a power cut leaves it. */
  function breakAtWrite(path: string, n: number): void {
    const states = Array.from({ length: n - 1 }, (_, index) => ({
      event: 'pwritev',
      state: index + 1,
      new_state: index + 2,
    }));
    const options = {
      driver: 'vhdx',
      file: {
        driver: 'blkdebug',
        image: { driver: 'file', filename: path },
        'set-state': states,
        'inject-error': [{ event: 'pwritev', state: n, errno: 5, immediately: true }],
      },
    };
    try {
      execFileSync('qemu-io', ['-t', 'writethrough', '-c', 'write -P 0x5a 0 1M', `json:${JSON.stringify(options)}`], {
        stdio: 'ignore',
      });
    } catch {
      // The write is meant to fail.
    }
  }

  const refusesReadOnly = (path: string): boolean => {
    try {
      execFileSync('qemu-io', ['-r', '-f', 'vhdx', '-c', 'read 0 512', path], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  };

  it('finds a log to replay exactly where QEMU does', async () => {
    const clean = scratch('clean.vhdx');
    runTool('qemu-img', 'create', '-q', '-f', 'vhdx', clean, '64M');
    const seen: boolean[] = [];
    for (let n = 1; n <= 12; n++) {
      const path = scratch(`dirty-${n}.vhdx`);
      copyFileSync(clean, path);
      breakAtWrite(path, n);
      const before = createHash('sha256').update(readFileSync(path)).digest('hex');
      const inspection = await inspectImage(path);
      const dirty = inspection.obstacles.find(each => each.code === 'dirty_log');
      expect([n, dirty !== undefined]).toEqual([n, refusesReadOnly(path)]);
      if (dirty)
        expect(dirty).toMatchObject({ blocking: false, message: expect.stringContaining('replayed in memory') });
      seen.push(dirty !== undefined);
      expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before);
    }
    expect(seen).toContain(true);
    expect(seen).toContain(false);
  });
});
