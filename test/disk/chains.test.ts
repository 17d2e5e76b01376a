import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { writePattern } from './support/pattern.ts';
import { haveTools, runTool, useScratch } from './support/tools.ts';

const mebibyte = 1024 * 1024;
const scratch = useScratch();

async function readAll(path: string): Promise<Buffer> {
  const image = await openImage(path);
  try {
    return await image.read(0, image.virtualSize);
  } finally {
    await image.close();
  }
}

function readByQemu(path: string, format: string): Buffer {
  const raw = `${path}.raw`;
  runTool('qemu-img', 'convert', '-f', format, '-O', 'raw', path, raw);
  return readFileSync(raw);
}

const codes = async (path: string) => (await inspectImage(path)).obstacles.map(each => each.code);

describe.skipIf(!haveTools('qemu-img', 'qemu-io'))('chains of images', () => {
  const base = scratch('base.raw');
  writePattern(base, 8 * mebibyte, [[0, 3 * mebibyte]]);

  function overlay(name: string, backing: string, backingFormat: string, ...options: string[]): string {
    const path = scratch(name);
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', backing, '-F', backingFormat, ...options, path);
    return path;
  }

  it.each([
    ['plain clusters', []],
    ['subclusters', ['-o', 'extended_l2=on']],
  ])('reads an overlay of an overlay, zeroed and discarded clusters included, with %s', async (name, options) => {
    const middle = overlay(`middle-${name}.qcow2`, 'base.raw', 'raw', ...options);
    runTool('qemu-io', '-c', 'write -P 0x11 64k 200k', '-c', 'write -z 1M 100k', '-c', 'write -P 3 5M 3k', middle);
    const top = overlay(`top-${name}.qcow2`, `middle-${name}.qcow2`, 'qcow2', ...options);
    runTool(
      'qemu-io',
      '-c',
      'write -P 0x22 70000 2000',
      '-c',
      'write -z -u 2M 512k',
      '-c',
      'write 6M 64k',
      '-c',
      'discard 6M 64k',
      top,
    );
    runTool('qemu-img', 'resize', '-q', top, '12M');
    expect((await readAll(top)).equals(readByQemu(top, 'qcow2'))).toBe(true);
    const inspection = await inspectImage(top);
    expect(inspection.parents).toEqual([middle, base]);
    expect(inspection.variant).toBe('compat 1.1, overlay');
  });

  it('reads an overlay whose backing name is given as JSON or as file:', async () => {
    const json = `json:${JSON.stringify({ driver: 'raw', file: { driver: 'file', filename: base } })}`;
    const expected = readFileSync(base);
    expect((await readAll(overlay('json.qcow2', json, 'raw'))).equals(expected)).toBe(true);
    expect((await readAll(overlay('file.qcow2', `file:${base}`, 'raw'))).equals(expected)).toBe(true);
  });

  it('names a parent that is missing and still says what it knows', async () => {
    const gone = scratch('gone.raw');
    copyFileSync(base, gone);
    const path = overlay('orphan.qcow2', 'gone.raw', 'raw');
    rmSync(gone);
    const inspection = await inspectImage(path);
    expect(inspection).toMatchObject({ format: 'qcow2', virtualSize: 8 * mebibyte, parents: [gone], bootable: false });
    const missing = inspection.obstacles.find(each => each.code === 'missing_parent');
    expect(missing).toMatchObject({
      blocking: true,
      message: expect.stringContaining(gone),
      remedy: expect.any(String),
    });
    expect(inspection.obstacles.map(each => each.code)).not.toContain('no_boot_loader');
    const image = await openImage(path);
    await expect(image.read(0, 512)).rejects.toMatchObject({ code: 'not_found' });
    await image.close();
  });

  it('names a parent that is not a local file', async () => {
    const path = scratch('remote.qcow2');
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', 'nbd://localhost/disk', '-F', 'raw', path, '1M');
    expect((await inspectImage(path)).parents).toEqual(['nbd://localhost/disk']);
    expect(await codes(path)).toContain('remote_parent');
  });

  it('refuses a chain that is a loop', async () => {
    const first = scratch('loop-a.qcow2');
    const second = scratch('loop-b.qcow2');
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', 'loop-b.qcow2', '-F', 'qcow2', first, '1M');
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', 'loop-a.qcow2', '-F', 'qcow2', second, '1M');
    await expect(inspectImage(first)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('loop'),
    });
    const self = scratch('self.qcow2');
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-u', '-b', 'self.qcow2', '-F', 'qcow2', self, '1M');
    await expect(inspectImage(self)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('loop'),
    });
  });

  it('reads a VMDK with a parent', async () => {
    const parent = scratch('parent.vmdk');
    runTool('qemu-img', 'convert', '-O', 'vmdk', base, parent);
    const child = scratch('child.vmdk');
    runTool('qemu-img', 'create', '-q', '-f', 'vmdk', '-b', 'parent.vmdk', '-F', 'vmdk', child);
    runTool('qemu-io', '-c', 'write -P 9 100k 300k', '-c', 'write -P 8 7M 1k', child);
    expect((await readAll(child)).equals(readByQemu(child, 'vmdk'))).toBe(true);
    expect((await inspectImage(child)).parents).toEqual([parent]);
    rmSync(parent);
    expect(await codes(child)).toContain('missing_parent');
  });

  it('names an extent that is missing', async () => {
    const path = scratch('flat.vmdk');
    runTool('qemu-img', 'convert', '-O', 'vmdk', '-o', 'subformat=monolithicFlat', base, path);
    rmSync(scratch('flat-flat.vmdk'));
    const inspection = await inspectImage(path);
    expect(inspection).toMatchObject({ variant: 'monolithicFlat', virtualSize: 8 * mebibyte });
    expect(inspection.obstacles[0]).toMatchObject({ code: 'missing_extent', blocking: true });
  });

  it('reads an ESXi descriptor with its flat file, whatever the folder is called', async () => {
    const folder = scratch("odd, 'näme' %20 ‘x’ 日本");
    mkdirSync(folder);
    copyFileSync(base, `${folder}/disk-flat.vmdk`);
    const text = [
      '# Disk DescriptorFile',
      'version=1',
      'CID=fffffffe',
      'parentCID=ffffffff',
      'createType="vmfs"',
      '',
      '# Extent description',
      `RW ${(8 * mebibyte) / 512} VMFS "disk-flat.vmdk"`,
      '',
      '# The Disk Data Base',
      'ddb.adapterType = "lsilogic"',
      '',
    ].join('\r\n');
    writeFileSync(`${folder}/disk.vmdk`, text);
    expect((await readAll(`${folder}/disk.vmdk`)).equals(readFileSync(base))).toBe(true);
    expect((await inspectImage(`${folder}/disk.vmdk`)).variant).toBe('vmfs');
  });

  it('does not read an encrypted image as if it were plain', async () => {
    const path = scratch('secret.qcow2');
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', path, '4M');
    runTool('qemu-io', '-c', 'write -P 5 0 64k', path);
    // The method of encryption stands in the header: 1 is AES, 2 is LUKS.
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(2, 32);
    writeFileSync(path, bytes);
    expect(await codes(path)).toEqual(['encrypted', 'unreadable']);
    const image = await openImage(path);
    await expect(image.read(0, 512)).rejects.toMatchObject({ code: 'unsupported' });
    await image.close();
  });

  it('reads an external data file and says that it belongs to the image', async () => {
    const path = scratch('external.qcow2');
    runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', `data_file=${scratch('external.data')}`, path, '4M');
    runTool('qemu-io', '-c', 'write -P 7 0 64k', '-c', 'write -P 8 3M 70k', path);
    expect((await readAll(path)).equals(readByQemu(path, 'qcow2'))).toBe(true);
    expect(await codes(path)).toContain('external_data_file');
    rmSync(scratch('external.data'));
    expect(await codes(path)).toContain('missing_data_file');
  });

  it('closes every file of a chain', async () => {
    const image = await openImage(overlay('closing.qcow2', 'base.raw', 'raw'));
    await image.close();
    await image.close();
    await expect(image.read(0, 512)).rejects.toThrow();
  });
});
