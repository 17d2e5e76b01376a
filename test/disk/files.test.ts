import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { identifyFile } from '../../src/disk/identify-file.ts';
import { inspectImage } from '../../src/disk/inspect-image.ts';
import { openImage } from '../../src/disk/open-image.ts';
import { fileFault } from '../../src/disk/source/file-fault.ts';
import { useScratch } from './support/tools.ts';

const scratch = useScratch();
const posix = process.platform !== 'win32';
const fault = (code: string) => expect.objectContaining({ name: 'Fault', code });

describe('what is not a readable image', () => {
  it('names a file that does not exist', async () => {
    const path = scratch('no such.vhdx');
    await expect(inspectImage(path)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(path),
    });
    await expect(identifyFile(path)).rejects.toThrow(fault('not_found'));
    await expect(inspectImage('')).rejects.toThrow(fault('invalid'));
    await expect(inspectImage('a\0b')).rejects.toThrow(fault('invalid'));
    await expect(inspectImage('x'.repeat(300))).rejects.toThrow(fault(posix ? 'invalid' : 'not_found'));
  });

  it('refuses folders, empty files and paths through files', async () => {
    mkdirSync(scratch('folder'));
    writeFileSync(scratch('empty'), '');
    await expect(inspectImage(scratch('folder'))).rejects.toMatchObject({
      code: 'invalid',
      data: { kind: 'a folder' },
    });
    await expect(inspectImage(scratch('empty'))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('empty'),
    });
    await expect(inspectImage(scratch('empty/x'))).rejects.toThrow(fault('not_found'));
  });

  it.runIf(posix)('refuses pipes, sockets, devices and loops of links, without waiting', async () => {
    execFileSync('mkfifo', [scratch('pipe')]);
    await expect(inspectImage(scratch('pipe'))).rejects.toMatchObject({ code: 'invalid', data: { kind: 'a pipe' } });
    const server = createServer().listen(scratch('socket'));
    await new Promise(resolve => server.once('listening', resolve));
    await expect(inspectImage(scratch('socket'))).rejects.toMatchObject({
      code: 'invalid',
      data: { kind: 'a socket' },
    });
    server.close();
    await expect(inspectImage('/dev/zero')).rejects.toMatchObject({
      code: 'invalid',
      data: { kind: 'a character device' },
    });
    symlinkSync(scratch('link'), scratch('link'));
    await expect(inspectImage(scratch('link'))).rejects.toThrow(fault('invalid'));
  });

  it('says that a file may not be read', async ({ skip }) => {
    if (!posix || process.getuid?.() === 0) skip('needs an ordinary user of a POSIX system: root may read everything');
    writeFileSync(scratch('closed'), 'x');
    chmodSync(scratch('closed'), 0);
    await expect(inspectImage(scratch('closed'))).rejects.toMatchObject({ code: 'denied', remedy: expect.any(String) });
  });

  it.each([
    ['EACCES', 'denied'],
    ['EBUSY', 'busy'],
    ['EMFILE', 'host_fault'],
    ['EIO', 'host_fault'],
    ['EISDIR', 'invalid'],
    ['EWHATEVER', 'host_fault'],
  ])('turns %s into a Fault %s that names the file', (systemCode, code) => {
    const cause = Object.assign(new Error('system text'), { code: systemCode });
    const made = fileFault(cause, '/some/file');
    expect(made).toMatchObject({ code, cause, data: { systemCode } });
    expect(made.message).toContain('/some/file');
    expect(made.message).not.toContain('system text');
  });

  it.each([
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex')],
    ['xz', Buffer.from('fd377a585a000004', 'hex')],
    ['zip', Buffer.from('504b030414000000', 'hex')],
    ['QED', Buffer.from('QED\0')],
    ['Parallels', Buffer.from('WithoutFreeSpace')],
    ['version', Buffer.from('514649fb00000001', 'hex')],
  ])('does not take %s for a raw disk', async (name, head) => {
    const path = scratch(`foreign-${name}.img`);
    writeFileSync(path, Buffer.concat([head, Buffer.alloc(4096)]));
    await expect(inspectImage(path)).rejects.toMatchObject({ code: 'unsupported', remedy: expect.any(String) });
    expect((await inspectImage(path, { format: 'raw' })).format).toBe('raw');
  });

  it('reads as the format that was named, or says that it is not that', async () => {
    writeFileSync(scratch('text.img'), 'just text');
    expect(await inspectImage(scratch('text.img'))).toMatchObject({
      format: 'raw',
      fileSize: 9,
      virtualSize: 512,
      bootable: false,
    });
    for (const format of ['vhdx', 'vhd', 'qcow2', 'vmdk', 'vdi', 'iso'] as const) {
      await expect(openImage(scratch('text.img'), { format })).rejects.toThrow(fault('invalid'));
    }
  });

  it('ends a cancelled call with a Fault', async () => {
    writeFileSync(scratch('some.img'), Buffer.alloc(4096));
    const signal = AbortSignal.abort();
    await expect(inspectImage(scratch('some.img'), { signal })).rejects.toThrow(fault('cancelled'));
    await expect(identifyFile(scratch('some.img'), { signal })).rejects.toThrow(fault('cancelled'));
    const image = await openImage(scratch('some.img'));
    await expect(image.read(0, 512, signal)).rejects.toThrow(fault('cancelled'));
    await expect(image.read(4096, 1)).rejects.toThrow(fault('invalid'));
    await expect(image.read(-1, 1)).rejects.toThrow(fault('invalid'));
    await image.close();
  });
});

describe('the identity of a file', () => {
  const path = scratch('identity.bin');
  const bytes = Buffer.alloc(9 * 1024 * 1024 + 17, 'abc');
  writeFileSync(path, bytes);

  it('has size, times and number, and no sum unless asked', async () => {
    const stats = statSync(path, { bigint: true });
    expect(await identifyFile(path)).toEqual({
      path,
      size: bytes.length,
      modified: stats.mtime.toISOString(),
      changed: stats.ctime.toISOString(),
      inode: stats.ino.toString(),
    });
  });

  it('sums the content and tells how far it is', async () => {
    const steps: [number, number][] = [];
    const identity = await identifyFile(path, { sha256: true, progress: (done, total) => steps.push([done, total]) });
    expect(identity.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(steps.at(-1)).toEqual([bytes.length, bytes.length]);
    expect(steps.length).toBeGreaterThan(1);
  });

  it('stops summing when it is cancelled, and leaves no file open', async () => {
    const controller = new AbortController();
    const progress = () => controller.abort();
    await expect(identifyFile(path, { sha256: true, signal: controller.signal, progress })).rejects.toThrow(
      fault('cancelled'),
    );
    if (process.platform === 'linux') {
      const open = readdirSync('/proc/self/fd').length;
      for (let round = 0; round < 20; round++) await identifyFile(path);
      expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(open + 2);
    }
  });
});
