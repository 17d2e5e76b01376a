import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DownloadOptions, downloadFile } from '../../../src/host/download/download-file.ts';
import { type Behaviour, type HostileServer, sha512, startHostileServer } from '../../support/hostile-server.ts';

const content = randomBytes(300_000);
const policy = { stallMs: 400, deadlineMs: 20_000, tries: 4, firstPauseMs: 5, longestPauseMs: 20 };

let folder: string;
let server: HostileServer;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-'));
  target = join(folder, 'sub', 'file.exe');
  server = await startHostileServer(content);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const get = (options: Partial<DownloadOptions> = {}, script: Behaviour[] = []) => {
  server.script.push(...script);
  const { signal } = new AbortController();
  return downloadFile(server.url, target, { sha512: sha512(content), maxBytes: 1e6, signal, policy, ...options });
};
const files = async () => (await readdir(join(folder, 'sub')).catch(() => [])).sort();
const ranges = () => server.requests.map(({ range }) => range);

async function expectRight(): Promise<void> {
  expect(sha512(await readFile(target))).toBe(sha512(content));
  expect(await files()).toEqual(['file.exe']);
}

describe('a download', () => {
  test('gives the file, its size and its hash, and tells the size before anything is taken', async () => {
    const seen: { bytes: number; total?: number | undefined }[] = [];
    const result = await get({ onProgress: update => seen.push(update) });
    expect(result).toEqual({ file: target, bytes: content.length, sha512: sha512(content), fetched: true });
    expect(seen[0]).toMatchObject({ bytes: 0, total: content.length });
    expect(seen.at(-1)).toMatchObject({ bytes: content.length, total: content.length });
    await expectRight();
  });

  test('of a file that is there asks nobody', async () => {
    await get();
    expect(await get()).toMatchObject({ fetched: false, bytes: content.length });
    expect(server.requests).toHaveLength(1);
  });

  test('replaces a wrong file of that name', async () => {
    await get();
    await writeFile(target, 'something else');
    expect(await get()).toMatchObject({ fetched: true });
    await expectRight();
  });

  test('without a known hash returns the hash of what came', async () => {
    expect(await get({ sha512: undefined })).toMatchObject({ sha512: sha512(content) });
    await expectRight();
  });

  test('goes on after breaks, each time where it ended', async () => {
    await get({}, [
      { kind: 'break', at: 0.3 },
      { kind: 'break', at: 0.5 },
      { kind: 'break', at: 0 },
      { kind: 'break', at: 0.9 },
    ]);
    await expectRight();
    expect(ranges()[0]).toBeUndefined();
    expect(ranges()[1]).toBe('bytes=90000-');
    expect(server.requests[1]?.ifRange).toBe('"one"');
    expect(server.sentBytes()).toBe(content.length);
  });

  test('does not count tries that bring something', async () => {
    await get({}, Array<Behaviour>(12).fill({ kind: 'break', at: 0.1 }));
    await expectRight();
  });

  test('takes a stall, before or within the answer, for a break', async () => {
    await get({}, [{ kind: 'stall', at: 0.4 }, { kind: 'silence' }, { kind: 'close before headers' }]);
    await expectRight();
    expect(ranges()[1]).toBe('bytes=120000-');
  });

  test('starts anew when the server ignores the range', async () => {
    await get({}, [{ kind: 'break', at: 0.5 }, { kind: 'ignore range' }]);
    await expectRight();
  });

  test.each(['bytes 1-299999/300000', 'bytes 150000-299999/300001', 'bytes 150000-400000/300000', 'nonsense', ''])(
    'starts anew when the answer is of the range %j',
    async value => {
      // Without a known hash nothing but the range itself can tell.
      await get({ sha512: undefined }, [
        { kind: 'break', at: 0.5 },
        { kind: 'wrong range', value },
      ]);
      await expectRight();
      expect(ranges().at(-1)).toBeUndefined();
    },
  );

  test('starts anew after 416, and when a range comes unasked', async () => {
    await get({}, [
      { kind: 'break', at: 0.5 },
      { kind: 'status', status: 416 },
      { kind: 'wrong range', value: 'bytes 0-9/10' },
    ]);
    await expectRight();
  });

  test('starts anew when the file changed between tries', async () => {
    server.script = [{ kind: 'changed file', content: randomBytes(250_000), etag: '"old"', at: 0.5 }];
    await get();
    await expectRight();
    expect(server.requests[1]?.ifRange).toBe('"old"');
  });

  test('notices pieces of two versions behind one tag, and starts anew', async () => {
    server.script = [{ kind: 'changed file', content: Buffer.alloc(content.length, 3), etag: '"one"', at: 0.5 }];
    await get();
    await expectRight();
    expect(ranges()).toEqual([undefined, 'bytes=150000-', undefined]);
  });

  test('keeps pieces of a server without tags only when the hash is known', async () => {
    server.etag = undefined;
    await get({}, [{ kind: 'break', at: 0.5 }]);
    expect(ranges()).toEqual([undefined, 'bytes=150000-']);
    await rm(target);
    await get({ sha512: undefined }, [{ kind: 'break', at: 0.5 }]);
    expect(ranges().slice(2)).toEqual([undefined, undefined]);
    await expectRight();
  });

  test('asks by date where there is no tag', async () => {
    server.etag = 'W/"weak"';
    server.lastModified = 'Wed, 21 Oct 2026 07:28:00 GMT';
    await get({ sha512: undefined }, [{ kind: 'break', at: 0.5 }]);
    expect(server.requests[1]).toMatchObject({ range: 'bytes=150000-', ifRange: server.lastModified });
  });

  test('waits as long as the server asks', async () => {
    await get({}, [
      { kind: 'status', status: 503, retryAfter: '1' },
      { kind: 'status', status: 500 },
    ]);
    const [first, second] = server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
    await expectRight();
  });

  test('gives up when the server asks for more time than there is', async () => {
    const outcome = get({}, [{ kind: 'status', status: 429, retryAfter: '3600' }]);
    await expect(outcome).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('3600 s') });
    expect(await files()).toEqual([]);
  });

  test('follows redirects, also to another port, and not for ever', async () => {
    await using other = await startHostileServer(content);
    await get({}, [{ kind: 'redirect', to: other.url }]);
    await expectRight();
    await rm(target);
    const loop = get({}, Array<Behaviour>(20).fill({ kind: 'redirect', to: '/file' }));
    await expect(loop).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('redirects') });
  });

  test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'http://user:secret@127.0.0.1/x', 'data:,x'])(
    'is not led to %s',
    async to => {
      const outcome = get({}, [{ kind: 'redirect', to }]);
      await expect(outcome).rejects.toMatchObject({ code: 'invalid' });
      await expect(outcome).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
      expect(await files()).toEqual([]);
    },
  );

  test('refuses a wrong hash at once, naming both, and removes the file', async () => {
    const outcome = get({}, [{ kind: 'same tag, other bytes' }]);
    await expect(outcome).rejects.toMatchObject({
      code: 'failed',
      data: { expected: sha512(content), actual: sha512(Buffer.alloc(content.length, 1)) },
    });
    expect(server.requests).toHaveLength(1);
    expect(await files()).toEqual([]);
  });

  test('refuses more bytes than allowed: announced, or coming without end', async () => {
    await expect(get({ maxBytes: 200_000 })).rejects.toMatchObject({ code: 'failed', data: { announced: 300_000 } });
    expect(await files()).toEqual([]);
    await expect(get({}, [{ kind: 'endless' }])).rejects.toMatchObject({ code: 'failed', data: { maxBytes: 1e6 } });
    expect(server.requests).toHaveLength(2);
  });

  test('does not believe a server that announces more or fewer bytes than it has', async () => {
    await get({}, [{ kind: 'announce', length: content.length + 50_000 }]);
    await expectRight();
    await rm(target);
    const short = get({}, [{ kind: 'announce', length: 1000 }]);
    await expect(short).rejects.toMatchObject({ code: 'failed', data: { bytes: 1000 } });
    expect(await files()).toEqual([]);
  });

  test('takes neither a compressed answer nor a page', async () => {
    await get({ sha512: undefined }, [{ kind: 'gzip' }, { kind: 'page' }]);
    await expectRight();
  });

  test('of unknown length needs a known hash', async () => {
    await get({}, [{ kind: 'good without length' }]);
    await expectRight();
    await rm(target);
    const outcome = get({ sha512: undefined }, Array<Behaviour>(9).fill({ kind: 'good without length' }));
    await expect(outcome).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('size') });
  });

  test.each([
    [404, 'not_found'],
    [403, 'denied'],
    [418, 'unavailable'],
  ])('ends at once after the status %d', async (status, code) => {
    await expect(get({}, [{ kind: 'status', status }])).rejects.toMatchObject({ code, data: { status } });
    expect(server.requests).toHaveLength(1);
  });

  test('gives up after some tries without a new byte, and says what the last one met', async () => {
    const outcome = get({}, Array<Behaviour>(9).fill({ kind: 'status', status: 502 }));
    await expect(outcome).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('502'),
      data: { tries: 4 },
    });
    expect(server.requests).toHaveLength(4);
  });

  test('from nobody fails as unavailable', async () => {
    await server[Symbol.asyncDispose]();
    await expect(get()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await startHostileServer(content);
  });

  test('ends at its deadline however slowly bytes drip, and keeps them', async () => {
    const outcome = get({ policy: { ...policy, deadlineMs: 1000 } }, [{ kind: 'drip', everyMs: 20 }]);
    await expect(outcome).rejects.toMatchObject({ code: 'timeout' });
    expect(await files()).toEqual(['file.exe.part', 'file.exe.part.json']);
    await get();
    await expectRight();
    expect(ranges()[1]).toMatch(/^bytes=\d+-$/);
  });

  test('that is cancelled keeps what has come, and nothing else', async () => {
    const controller = new AbortController();
    const outcome = get({ signal: controller.signal, onProgress: ({ bytes }) => bytes > 0 && controller.abort() }, [
      { kind: 'stall', at: 0.5 },
    ]);
    await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
    expect(await files()).toEqual(['file.exe.part', 'file.exe.part.json']);
  });

  test('does not begin when the disk has no room', async () => {
    server.script = [{ kind: 'announce', length: 2 ** 49 }];
    const outcome = get({ maxBytes: 2 ** 50 });
    await expect(outcome).rejects.toMatchObject({ code: 'host_fault', data: { neededBytes: 2 ** 49 } });
    expect(await files()).toEqual([]);
  });

  test('refuses a target that cannot be written', async () => {
    await writeFile(join(folder, 'sub'), 'a file');
    await expect(get()).rejects.toMatchObject({ code: 'host_fault' });
  });

  test('that several ask for at once is fetched once', async () => {
    await Promise.all([get(), get(), get(), get({}, [{ kind: 'break', at: 0.5 }])]);
    await expectRight();
    expect(ranges()).toEqual([undefined, 'bytes=150000-']);
  });
});

describe('whatever a server does', () => {
  const at = fc.double({ min: 0, max: 0.99, noNaN: true });
  const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
    fc.record({ kind: fc.constantFrom('break', 'stall'), at }),
    fc.record({
      kind: fc.constantFrom(
        'good',
        'good without length',
        'close before headers',
        'silence',
        'ignore range',
        'same tag, other bytes',
        'gzip',
        'page',
        'endless',
      ),
    }),
    fc.record({ kind: fc.constant('announce'), length: fc.integer({ min: 0, max: 400_000 }) }),
    fc.record({ kind: fc.constant('status'), status: fc.constantFrom(200, 204, 404, 416, 500, 503) }),
    fc.record({ kind: fc.constant('redirect'), to: fc.constantFrom('/file', '/other', 'https://127.0.0.1:1/', '') }),
    fc.record({ kind: fc.constant('wrong range'), value: fc.constantFrom('', 'bytes 0-1/2', 'bytes 5-299999/300000') }),
    fc.record({ kind: fc.constant('changed file'), content: fc.constant(Buffer.alloc(200_000, 5)), at }),
  ) as fc.Arbitrary<Behaviour>;

  test('it ends in the right file or in a Fault, with nothing left but the part', async () => {
    const quick = { ...policy, stallMs: 150, deadlineMs: 5000 };
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { maxLength: 7 }), async script => {
        server.script = [...script];
        try {
          await get({ policy: quick });
          await expectRight();
        } catch (error) {
          expect(error).toMatchObject({ name: 'Fault', code: expect.any(String) });
          const rest = (await files()).join();
          expect(['', 'file.exe.part,file.exe.part.json']).toContain(rest);
        } finally {
          // Each run begins with what the one before has left of its part.
          await rm(target, { force: true });
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
  }, 120_000);
});
