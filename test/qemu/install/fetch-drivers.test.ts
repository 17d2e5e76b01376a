import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DriversRequest, fetchDrivers } from '../../../src/qemu/install/fetch-drivers.ts';
import { type HostileServer, sha512, startHostileServer } from '../../support/hostile-server.ts';

/** The least that makes a disc: its primary volume descriptor, and as many blocks as it says. */
function makeDisc(volume: string, blocks = 40): Buffer {
  const disc = Buffer.alloc(blocks * 2048, 1);
  const descriptor = disc.subarray(16 * 2048, 17 * 2048).fill(0);
  descriptor.write('\u0001CD001\u0001', 0, 'latin1');
  descriptor.write(volume.padEnd(32), 40, 'latin1');
  descriptor.writeUInt32LE(blocks, 80);
  descriptor.writeUInt32BE(blocks, 84);
  descriptor.writeUInt16LE(2048, 128);
  return disc;
}

const disc = makeDisc('virtio-win-0.1.285');
let server: HostileServer;
let folder: string;
let file: string;
const messages: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-'));
  file = join(folder, 'drivers', 'virtio-win.iso');
  server = await startHostileServer(disc);
  messages.length = 0;
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
const get = (request: Partial<DriversRequest> = {}) =>
  fetchDrivers({
    url: `${server.origin}/stable/virtio-win.iso`,
    file,
    planOnly: false,
    signal: new AbortController().signal,
    progress: ({ message }) => messages.push(message),
    policy: { stallMs: 500, deadlineMs: 10_000, tries: 3, firstPauseMs: 5, longestPauseMs: 20 },
    ...request,
  });
const files = () => readdir(join(folder, 'drivers')).catch(() => []);

describe('fetching the drivers', () => {
  test('says that nothing verified them, and what they are', async () => {
    expect(await get()).toEqual({
      fetched: true,
      url: `${server.origin}/stable/virtio-win.iso`,
      file,
      bytes: disc.length,
      sha512: sha512(disc),
      volume: 'virtio-win-0.1.285',
      verified: false,
      warning: expect.stringContaining('could not be verified'),
    });
    expect(messages[0]).toBe(`downloading ${server.origin}/stable/virtio-win.iso, 81920 bytes`);
    expect(await readFile(file)).toEqual(disc);
  });

  test('holds them against a hash that is given, or published beside them', async () => {
    expect(await get({ sha512: sha512(disc).toUpperCase() })).toMatchObject({ verified: true });
    await rm(file);
    server.texts.set('/stable/virtio-win.iso.sha512', `${sha512(disc)}  virtio-win.iso\n`);
    const report = await get();
    expect(report).toMatchObject({ verified: true });
    expect(report.warning).toBeUndefined();
    await rm(file);
    await expect(get({ sha512: 'a'.repeat(128) })).rejects.toMatchObject({
      code: 'failed',
      data: { expected: 'a'.repeat(128), actual: sha512(disc) },
    });
    expect(await files()).toEqual([]);
  });

  test('goes on after breaks, and with what a cancelled one has left', async () => {
    server.script = [
      { kind: 'break', at: 0.5 },
      { kind: 'break', at: 0.5 },
      { kind: 'stall', at: 0 },
    ];
    const controller = new AbortController();
    const progress = ({ message }: { message: string }) => message.includes('drivers: 6') && controller.abort();
    await expect(get({ signal: controller.signal, progress })).rejects.toMatchObject({ code: 'cancelled' });
    expect(await files()).toEqual(['virtio-win.iso.part', 'virtio-win.iso.part.json']);
    expect(await get()).toMatchObject({ fetched: true, sha512: sha512(disc) });
    expect(server.sentBytes()).toBe(disc.length);
    expect(await files()).toEqual(['virtio-win.iso']);
  });

  test.each([
    ['no disc', Buffer.alloc(81_920, 9)],
    ['a part of a disc', disc.subarray(0, 60_000)],
    ['empty', Buffer.alloc(0)],
  ])('keeps nothing that is %s', async (_what, content) => {
    server.content = content;
    await expect(get()).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('ISO 9660') });
    expect(await files()).toEqual([]);
  });

  test('leaves a file alone that is there: the drivers are kept, another file is a conflict', async () => {
    await get();
    const before = server.requests.length;
    expect(await get()).toMatchObject({ fetched: false, verified: false, sha512: sha512(disc) });
    expect(await get({ sha512: sha512(disc) })).toMatchObject({ fetched: false, verified: true });
    await expect(get({ sha512: 'b'.repeat(128) })).rejects.toMatchObject({ code: 'conflict' });
    await writeFile(file, 'my thesis');
    await expect(get()).rejects.toMatchObject({ code: 'conflict', data: { field: 'file' } });
    expect(await readFile(file, 'utf8')).toBe('my thesis');
    expect(server.requests).toHaveLength(before);
  });

  test('only plans when asked to', async () => {
    expect(await get({ planOnly: true })).toMatchObject({ fetched: false, bytes: disc.length, verified: false });
    expect(server.sentBytes()).toBe(0);
    expect(await files()).toEqual([]);
  });
});
