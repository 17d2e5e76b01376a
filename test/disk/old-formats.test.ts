import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();

const childId = '11111111111111111111111111111111';
const baseId = '00112233445566778899aabbccddeeff';

function sum(bytes: Buffer, field: number): void {
  bytes.writeUInt32BE(0, field);
  bytes.writeUInt32BE(~bytes.reduce((total, byte) => total + byte, 0) >>> 0, field);
}

function vhdFooter(type: number, size: number, creator = 'win ', id = childId): Buffer {
  const footer = Buffer.alloc(512);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(0x10000, 12);
  footer.writeBigUInt64BE(type === 2 ? 2n ** 64n - 1n : 512n, 16);
  footer.write(creator, 28, 'latin1');
  footer.writeBigUInt64BE(BigInt(size), 48);
  footer.writeUInt16BE(100, 56);
  footer.writeUInt8(4, 58);
  footer.writeUInt8(17, 59);
  footer.writeUInt32BE(type, 60);
  footer.write(id, 68, 'hex');
  sum(footer, 64);
  return footer;
}

/** A differencing VHD of two blocks of 2 MiB: the first is there, with the sectors of the bitmap, the second is not. */
function differencingVhd(bitmap: Buffer, content: Buffer): Buffer {
  const footer = vhdFooter(4, 4 * mebibyte);
  const header = Buffer.alloc(1024);
  header.write('cxsparse', 0, 'latin1');
  header.writeBigUInt64BE(2n ** 64n - 1n, 8);
  header.writeBigUInt64BE(1536n, 16);
  header.writeUInt32BE(2, 28);
  header.writeUInt32BE(2 * mebibyte, 32);
  header.write(baseId, 40, 'hex');
  Buffer.from('base disk.vhd\0', 'utf16le').swap16().copy(header, 64);
  const locator = Buffer.from('.\\base disk.vhd', 'utf16le');
  header.write('W2ru', 576, 'latin1');
  header.writeUInt32BE(512, 580);
  header.writeUInt32BE(locator.length, 584);
  header.writeBigUInt64BE(2048n, 592);
  sum(header, 36);
  const table = Buffer.alloc(512, 0xff);
  table.writeUInt32BE(5, 0);
  const name = Buffer.concat([locator, Buffer.alloc(512 - locator.length)]);
  return Buffer.concat([footer, header, table, name, bitmap, content, footer]);
}

describe('VHD', () => {
  it('takes the size from the field, and from the geometry for the programs that mean that', async () => {
    const data = Buffer.alloc(4 * mebibyte, 'data');
    for (const [creator, size] of [
      ['win ', 4 * mebibyte],
      ['vbox', 4 * mebibyte],
      ['vpc ', 100 * 4 * 17 * 512],
    ] as const) {
      const path = scratch('fixed.vhd');
      writeFileSync(path, Buffer.concat([data, vhdFooter(2, 4 * mebibyte, creator)]));
      expect(await inspectImage(path)).toMatchObject({ format: 'vhd', variant: 'fixed', virtualSize: size });
    }
  });

  it('reads the sectors that a differencing disk has, and all others from its parent', async () => {
    const bitmap = Buffer.alloc(512);
    bitmap[0] = 0b0110_0000;
    const content = Buffer.alloc(2 * mebibyte, 'abc');
    const below = Buffer.alloc(4 * mebibyte, 'parent');
    const base = scratch('base disk.vhd');
    writeFileSync(base, Buffer.concat([below, vhdFooter(2, 4 * mebibyte, 'win ', baseId)]));
    const path = scratch('child.vhd');
    writeFileSync(path, differencingVhd(bitmap, content));
    const image = await openImage(path);
    expect([image.variant, image.parents, image.obstacles]).toEqual(['differencing', [base], []]);
    const expected = Buffer.concat([below.subarray(0, 512), content.subarray(512, 1536), below.subarray(1536)]);
    expect((await image.read(0, 4 * mebibyte)).equals(expected)).toBe(true);
    expect((await image.read(600, 900)).equals(content.subarray(600, 1500))).toBe(true);
    await image.close();
    rmSync(base);
    await expect(openImage(path)).rejects.toMatchObject({ code: 'not_found', data: { reason: 'missing_parent' } });
  });

  it('uses the copy of the footer when the file was cut short, and says so', async () => {
    const path = scratch('cut.vhd');
    const bytes = differencingVhd(Buffer.alloc(512, 0xff), Buffer.alloc(2 * mebibyte, 1));
    writeFileSync(
      scratch('base disk.vhd'),
      Buffer.concat([Buffer.alloc(4 * mebibyte), vhdFooter(2, 4 * mebibyte, 'win ', baseId)]),
    );
    writeFileSync(path, bytes.subarray(0, bytes.length - 512));
    expect((await inspectImage(path)).obstacles.map(each => each.code)).toContain('truncated');
    writeFileSync(path, bytes.subarray(0, mebibyte));
    const cut = (await inspectImage(path)).obstacles.filter(each => each.code === 'truncated');
    expect(cut.some(each => each.blocking)).toBe(true);
  });

  it('refuses a footer with a wrong sum', async () => {
    const footer = vhdFooter(2, mebibyte);
    footer.writeUInt8(1, 70);
    writeFileSync(scratch('sum.vhd'), Buffer.concat([Buffer.alloc(mebibyte), footer]));
    await expect(inspectImage(scratch('sum.vhd'))).rejects.toMatchObject({
      code: 'invalid',
      data: { structure: 'VHD footer' },
    });
  });
});

describe('VDI', () => {
  const vdi = (type: number, map: readonly number[]): Buffer => {
    const header = Buffer.alloc(1024);
    header.write('<<< Some disk image >>>\n', 0, 'latin1');
    header.writeUInt32LE(0xbeda107f, 64);
    header.writeUInt32LE(0x10001, 68);
    header.writeUInt32LE(type, 76);
    header.writeUInt32LE(512, 340);
    header.writeUInt32LE(1024, 344);
    header.writeBigUInt64LE(BigInt(map.length * mebibyte), 368);
    header.writeUInt32LE(mebibyte, 376);
    header.writeUInt32LE(map.length, 384);
    header.write('33221100554477668899aabbccddeeff', 440, 'hex');
    for (const [index, block] of map.entries()) header.writeUInt32LE(block >>> 0, 512 + index * 4);
    return header;
  };

  it('names the parent of a differencing disk by its id, and reads zeros for discarded blocks', async () => {
    const path = scratch('child.vdi');
    writeFileSync(path, Buffer.concat([vdi(4, [0, -2, -1]), Buffer.alloc(mebibyte, 'own')]));
    const image = await openImage(path);
    expect([image.variant, image.parents]).toEqual(['differencing', ['{00112233-4455-6677-8899-aabbccddeeff}']]);
    expect(
      (await image.read(0, 2 * mebibyte)).equals(
        Buffer.concat([Buffer.alloc(mebibyte, 'own'), Buffer.alloc(mebibyte)]),
      ),
    ).toBe(true);
    await expect(image.read(2 * mebibyte, 512)).rejects.toMatchObject({ code: 'not_found' });
    await image.close();
  });
});

describe('ESXi sparse extents', () => {
  it('reads grains through directory and table', async () => {
    const header = Buffer.alloc(2048);
    header.write('COWD', 0, 'latin1');
    header.writeUInt32LE(1, 4);
    header.writeUInt32LE(3, 8);
    header.writeUInt32LE(16, 12);
    header.writeUInt32LE(1, 16);
    header.writeUInt32LE(4, 20);
    const directory = Buffer.alloc(512);
    directory.writeUInt32LE(5);
    const table = Buffer.alloc(4096 * 4);
    table.writeUInt32LE(37, 2 * 4);
    const path = scratch('delta.vmdk');
    writeFileSync(path, Buffer.concat([header, directory, table, Buffer.alloc(512, 'grain')]));
    const image = await openImage(path);
    expect([image.format, image.variant, image.virtualSize]).toEqual(['vmdk', 'vmfsSparse', 8192]);
    const expected = Buffer.concat([Buffer.alloc(1024), Buffer.alloc(512, 'grain'), Buffer.alloc(8192 - 1536)]);
    expect((await image.read(0, 8192)).equals(expected)).toBe(true);
    await image.close();
  });
});
