import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { measureHeldBuffers } from '../../support/collect-garbage.ts';
import { pretendImage, type Stretch } from './support/pretend-image.ts';
import { assemble, cmd, descriptorsOf, encodeRequest } from './support/raw-client.ts';
import { until, useServer } from './support/serve.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const dontFragment = 4;
const onlyOne = 8;
const { serve, connect } = useServer();

const isZero = ({ kind }: Stretch) => kind === 'zero';

/** Neighbours of one state as one. */
function statesOf(stretches: readonly Stretch[], from: number, to: number): [number, number][] {
  const states: [number, number][] = [];
  let start = 0;
  for (const stretch of stretches) {
    const end = start + stretch.length;
    const length = Math.min(end, to) - Math.max(start, from);
    start = end;
    if (length <= 0) continue;
    const state = isZero(stretch) ? 3 : 0;
    const last = states.at(-1);
    if (last?.[1] === state) last[0] += length;
    else states.push([length, state]);
  }
  return states;
}

/** What is to be told of each long stretch of zeros: all but what goes with the data before it. */
function largeHoles(stretches: readonly Stretch[], from: number, to: number): number[] {
  let start = 0;
  return stretches.flatMap(stretch => {
    const length = Math.min(start + stretch.length, to) - Math.max(start, from);
    start += stretch.length;
    return isZero(stretch) && length >= 8192 ? [length - 4096] : [];
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

const lengths = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom(512, 4095, 4096, 4097, 64 * kibibyte),
  fc.integer({ min: 1, max: 700 * kibibyte }),
);
const disk = fc.array(
  fc.record({ kind: fc.constantFrom('file' as const, 'bytes' as const, 'zero' as const), length: lengths }),
  { minLength: 1, maxLength: 12 },
);
const ranges = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 });

describe('reads', () => {
  it('give what the image gives, in each style, and holes stay holes', async () => {
    await fc.assert(
      fc.asyncProperty(disk, ranges, fc.boolean(), async (stretches, rawRanges, late) => {
        const image = pretendImage(stretches, { late });
        const size = image.virtualSize;
        const server = await serve(image);
        const structured = connect(server);
        const simple = connect(server);
        expect(await structured.enter()).toEqual({ size, flags: 0x183 });
        expect(await simple.enter('', { structured: false })).toEqual({ size, flags: 0x103 });
        for (const [rawStart, rawLength] of rawRanges) {
          const start = rawStart % size;
          const length = 1 + (rawLength % (size - start));
          const expected = await image.read(start, length);
          const chunks = await structured.request(cmd.read, start, length);
          expect(assemble(chunks, start, length).equals(expected)).toBe(true);
          const told = chunks.chunks.filter(({ type }) => type === 2).map(({ data }) => data.readUInt32BE(8));
          expect(sum(told)).toBeGreaterThanOrEqual(sum(largeHoles(stretches, start, start + length)));
          const whole = await structured.request(cmd.read, start, length, dontFragment);
          expect(whole.chunks.length).toBe(1);
          expect(assemble(whole, start, length).equals(expected)).toBe(true);
          simple.send(encodeRequest(cmd.read, 9, start, length));
          expect((await simple.takeSimpleReply(9, length)).data.equals(expected)).toBe(true);
          const status = await structured.request(cmd.blockStatus, start, length);
          expect(descriptorsOf(status)).toEqual(statesOf(stretches, start, start + length));
          const one = await structured.request(cmd.blockStatus, start, length, onlyOne);
          expect(descriptorsOf(one)).toEqual(statesOf(stretches, start, start + length).slice(0, 1));
        }
        await server.close();
        expect(server.heldBytes).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('are answered all, many at once and over many connections', async () => {
    const image = pretendImage([
      { kind: 'file', length: 3 * mebibyte },
      { kind: 'zero', length: mebibyte },
      { kind: 'bytes', length: mebibyte },
    ]);
    const server = await serve(image);
    const clients = Array.from({ length: 3 }, () => connect(server));
    await Promise.all(clients.map(client => client.enter('', { structured: false })));
    const length = 50_000;
    const count = 300;
    const offsetOf = (handle: number) => (handle * 12_345) % (5 * mebibyte - length);
    await Promise.all(
      clients.map(async client => {
        client.send(
          ...Array.from({ length: count }, (_, handle) => encodeRequest(cmd.read, handle, offsetOf(handle), length)),
        );
        const seen = new Set<number>();
        while (seen.size < count) {
          const header = await client.take(16);
          const handle = Number(header.readBigUInt64BE(8));
          expect(header.readUInt32BE(4)).toBe(0);
          const data = await client.take(length);
          if (handle % 50 === 0) expect(data.equals(await image.read(offsetOf(handle), length))).toBe(true);
          seen.add(handle);
        }
      }),
    );
    await until(() => server.heldBytes === 0);
  });

  it('are understood the same wherever requests are cut', async () => {
    const image = pretendImage([{ kind: 'file', length: 64 * kibibyte }]);
    const server = await serve(image);
    const requests = Buffer.concat([
      encodeRequest(cmd.read, 1, 0, 100),
      encodeRequest(cmd.write, 2, 0, 30),
      Buffer.alloc(30, 7),
      encodeRequest(cmd.flush, 3, 0, 0),
      encodeRequest(cmd.read, 4, 64_000, 1536),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(requests.length), { maxLength: 6 }), async rawCuts => {
        const client = connect(server);
        await client.enter('', { structured: false });
        client.socket.setNoDelay(true);
        const cuts = [0, ...rawCuts.sort((a, b) => a - b), requests.length];
        for (const [index, cut] of cuts.slice(1).entries()) {
          client.send(requests.subarray(cuts[index], cut));
          await new Promise(resolve => setImmediate(resolve));
        }
        const replies = new Map<number, { error: number; data: Buffer }>();
        while (replies.size < 4) {
          const header = await client.take(16);
          const handle = header.readUInt32BE(12);
          const data = await client.take({ 1: 100, 4: 1536 }[handle] ?? 0);
          replies.set(handle, { error: header.readUInt32BE(4), data });
        }
        expect(replies.get(1)).toEqual({ error: 0, data: await image.read(0, 100) });
        expect(replies.get(2)?.error).toBe(1);
        expect(replies.get(3)?.error).toBe(0);
        expect(replies.get(4)).toEqual({ error: 0, data: await image.read(64_000, 1536) });
        client.socket.destroy();
      }),
      { numRuns: 40 },
    );
  });
});

describe('block states', () => {
  it('of 64 TiB of nothing are told with bounded work', async () => {
    const image = pretendImage([{ kind: 'zero', length: 64 * 2 ** 40 }]);
    const tiny = {
      ...image,
      locate: (_: number, length: number) => ({ kind: 'zero', length: Math.min(length, 4096) }) as const,
    };
    const client = connect(await serve(tiny));
    await client.enter();
    const [first, ...others] = descriptorsOf(await client.request(cmd.blockStatus, 2 ** 45, 2 ** 32 - 512));
    expect(first?.[1]).toBe(3);
    expect(first?.[0]).toBeLessThan(mebibyte * 64);
    expect(others).toEqual([]);
    // A read of nothing is a hole, whatever it is made of.
    const { chunks } = await client.request(cmd.read, 0, 32 * mebibyte);
    expect(chunks.length).toBe(1);
  });

  it('come in a bounded number', async () => {
    const stretches = Array.from(
      { length: 5000 },
      (_, index) => ({ kind: index % 2 ? 'zero' : 'file', length: 512 }) as const,
    );
    const client = connect(await serve(pretendImage(stretches)));
    await client.enter();
    const size = 5000 * 512;
    let at = 0;
    let descriptors: [number, number][] = [];
    while (at < size) {
      const found = descriptorsOf(await client.request(cmd.blockStatus, at, size - at));
      expect(found.length).toBeLessThanOrEqual(1024);
      at += found.reduce((sum, [length]) => sum + length, 0);
      descriptors = [...descriptors, ...found];
    }
    expect(descriptors).toEqual(stretches.map(({ kind, length }) => [length, kind === 'zero' ? 3 : 0]));
  });
});

describe('what can not be done', () => {
  const size = 40 * mebibyte;
  const image = () => pretendImage([{ kind: 'file', length: size }]);

  it.each([
    ['a write', cmd.write, 0, 0, 0, 1],
    ['a trim', cmd.trim, 0, 512, 0, 1],
    ['zeroing', cmd.writeZeroes, 0, 512, 0, 1],
    ['a prefetch', cmd.cache, 0, 512, 0, 22],
    ['an unknown command', 4711, 0, 512, 0, 22],
    ['a read past the end', cmd.read, size - 10, 11, 0, 22],
    ['a read far past the end', cmd.read, 2 ** 53 - 1, 512, 0, 22],
    ['a read with an unknown flag', cmd.read, 0, 512, 0x80, 22],
    ['a read of too much', cmd.read, 0, 32 * mebibyte + 1, 0, 22],
    ['a read of too much in one', cmd.read, 0, 32 * mebibyte + 1, dontFragment, 75],
    ['states past the end', cmd.blockStatus, size - 10, 11, 0, 22],
    ['states of no bytes', cmd.blockStatus, 0, 0, 0, 22],
    ['states with an unknown flag', cmd.blockStatus, 0, 512, 1, 22],
  ])('%s is refused, and the connection goes on', async (_, type, offset, length, flags, error) => {
    const client = connect(await serve(image()));
    await client.enter();
    const reply = await client.request(type, offset, length, flags);
    expect(reply.error).toBe(error);
    expect(reply.message).toMatch(/^[A-Z0-9].*\.$/);
    expect((await client.request(cmd.read, 0, 512)).error).toBe(0);
    expect((await client.request(cmd.read, size, 0)).chunks).toMatchObject([{ type: 0 }]);
  });

  it('is refused in simple replies as well', async () => {
    const client = connect(await serve(image()));
    await client.enter('', { structured: false });
    for (const [type, flags, error] of [
      [cmd.read, dontFragment, 22],
      [cmd.blockStatus, 0, 22],
      [cmd.trim, 0, 1],
    ] as const) {
      client.send(encodeRequest(type, 5, 0, 512, flags));
      expect(await client.takeSimpleReply(5, 0)).toMatchObject({ error });
    }
  });

  it('payload of a write is let go by, however long', async () => {
    const server = await serve(image());
    const client = connect(server);
    await client.enter();
    const length = 100 * mebibyte;
    client.send(encodeRequest(cmd.write, 3, 0, length));
    const piece = Buffer.alloc(mebibyte, 0x25);
    const before = measureHeldBuffers();
    let most = 0;
    for (let sent = 0; sent < length; sent += piece.length) {
      if (!client.socket.write(piece)) await new Promise(resolve => client.socket.once('drain', resolve));
      if (sent % (20 * mebibyte) === 0) most = Math.max(most, measureHeldBuffers());
    }
    expect(most - before).toBeLessThan(40 * mebibyte);
    expect((await client.takeReply(3)).error).toBe(1);
    expect((await client.request(cmd.read, 0, 512)).error).toBe(0);
  });
});

describe('what can not be read', () => {
  const damage = new Fault('invalid', 'The block map of "/x" at byte 7 is torn.', {
    remedy: 'Restore it.',
    data: { offset: 7 },
  });
  const image = (late: boolean) =>
    pretendImage(
      [
        { kind: 'file', length: 600 * kibibyte },
        { kind: 'broken', length: 4096, error: damage },
        { kind: 'zero', length: mebibyte },
        { kind: 'broken', length: 4096, error: new TypeError('A mistake.') },
        { kind: 'file', length: mebibyte },
      ],
      { late },
    );
  const second = 600 * kibibyte + 4096 + mebibyte;

  it.each([
    ['at once', false],
    ['late', true],
  ])('is an error with the sentence of the fault, %s', async (_, late) => {
    const told: string[] = [];
    const server = await serve(image(late), { onFault: ({ message }) => told.push(message) });
    const client = connect(server);
    await client.enter();
    for (const [offset, length, flags] of [
      [600 * kibibyte, 512, 0],
      [0, 700 * kibibyte, 0],
      [0, 700 * kibibyte, dontFragment],
      [620 * kibibyte - 64 * kibibyte, 64 * kibibyte, 0],
    ] as const) {
      const reply = await client.request(cmd.read, offset, length, flags);
      expect(reply).toMatchObject({ error: 5, message: damage.message });
    }
    expect((await client.request(cmd.read, second, 512)).message).toBe('Reading "/pretended.img" failed.');
    expect(descriptorsOf(await client.request(cmd.blockStatus, 0, 2 * mebibyte))).toEqual([[600 * kibibyte, 0]]);
    expect((await client.request(cmd.blockStatus, 600 * kibibyte, 512)).error).toBe(5);
    expect((await client.request(cmd.read, second + 4096, 512)).error).toBe(0);
    expect(server.faults).toMatchObject([
      { code: 'invalid', message: damage.message, remedy: 'Restore it.', data: { offset: 7 } },
      { code: 'failed', data: { reason: 'A mistake.' } },
    ]);
    expect(told).toEqual(server.faults.map(({ message }) => message));
    expect(server.heldBytes).toBe(0);
    const simple = connect(server);
    await simple.enter('', { structured: false });
    simple.send(encodeRequest(cmd.read, 8, 0, 700 * kibibyte));
    expect(await simple.takeSimpleReply(8, 0)).toMatchObject({ error: 5 });
  });

  it('is remembered a few times', async () => {
    let number = 0;
    const server = await serve({
      ...image(false),
      locate: () => {
        throw new Fault('invalid', `Number ${number++} is wrong.`);
      },
    });
    const client = connect(server);
    await client.enter();
    for (let round = 0; round < 30; round++) expect((await client.request(cmd.read, 0, 512)).error).toBe(5);
    expect(server.faults.length).toBe(10);
  });
});
