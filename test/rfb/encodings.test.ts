import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodings } from '../../src/rfb/encodings/encodings.ts';
import { RfbClient } from '../../src/rfb/rfb-client.ts';
import {
  bytesOf,
  type Drawing,
  drawHextile,
  drawRaw,
  drawZrle,
  filterTight,
  Packer,
  rgbOf,
  tightLength,
} from './support/draw.ts';
import { greeting, rectangle, replay, update } from './support/replayed-server.ts';

const { signal } = new AbortController();

/** What a viewer sees of a server that first greets, and answers the first question with all of the rest. */
async function see(bytes: readonly Buffer[], lengths: readonly number[] = []) {
  const all = Buffer.concat(bytes);
  const stream = replay(all, { lengths, held: all[0] === 'R'.charCodeAt(0) ? bytes[0]?.length : all.length });
  const client = await RfbClient.connect(stream, { signal, milliseconds: 5000 });
  try {
    return await client.capture();
  } finally {
    client.close();
  }
}

/** Pictures of few colours and of many, larger than one tile of each kind. */
const drawings: fc.Arbitrary<Drawing> = fc
  .record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 70 }),
    colours: fc.array(fc.integer({ min: 0, max: 0xffffff }), { minLength: 1, maxLength: 30 }),
    seed: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 }),
  })
  .map(({ width, height, colours, seed }) => ({
    width,
    height,
    pixels: Array.from(
      { length: width * height },
      (_, index) => colours[(seed[index % seed.length] ?? 0) % colours.length] ?? 0,
    ),
  }));
const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 6 });

async function pack32(bytes: Uint8Array, packer = new Packer()): Promise<Buffer> {
  const packed = await packer.pack(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packed.length);
  return Buffer.concat([length, packed]);
}

async function drawTight(drawing: Drawing, filter: 'copy' | 'palette' | 'gradient', packer: Packer, stream = 0) {
  const { head, data } = filterTight(drawing, filter);
  const control = (stream << 4) | (filter === 'copy' ? 0 : 0x40);
  if (data.length < 12) return Buffer.from([control, ...head, ...data]);
  const packed = await packer.pack(data);
  return Buffer.concat([Buffer.from([control, ...head, ...tightLength(packed.length)]), packed]);
}

const whole = ({ width, height }: Drawing) => [0, 0, width, height] as const;

describe('any picture, cut in any way on its path,', () => {
  const check = (draw: (drawing: Drawing) => Promise<[number, Buffer]> | [number, Buffer]) =>
    fc.assert(
      fc.asyncProperty(drawings, cuts, async (drawing, lengths) => {
        const [encoding, data] = await draw(drawing);
        const picture = await see(
          [greeting(drawing.width, drawing.height), update(rectangle(whole(drawing), encoding, data))],
          lengths,
        );
        expect(Buffer.from(picture.rgb).equals(rgbOf(drawing))).toBe(true);
      }),
      { numRuns: 25 },
    );

  it('is seen raw', () => check(drawing => [encodings.raw, drawRaw(drawing)]));
  it('is seen by hextile', () => check(drawing => [encodings.hextile, drawHextile(drawing)]));
  it('is seen by ZRLE', () => check(async drawing => [encodings.zrle, await pack32(drawZrle(drawing))]));
  it.each(['copy', 'palette', 'gradient'] as const)('is seen by Tight with the filter %s', filter =>
    check(async drawing => [encodings.tight, await drawTight(drawing, filter, new Packer())]),
  );
});

describe('one update', () => {
  const drawing: Drawing = {
    width: 40,
    height: 20,
    pixels: Array.from({ length: 800 }, (_, at) => (at * 7919) & 0xffffff),
  };
  const size = [40, 20] as const;

  it('can come in several rectangles, whose zlib streams go on', async () => {
    const [zrle, tight] = [new Packer(), new Packer()];
    const top = { ...drawing, height: 10, pixels: drawing.pixels.slice(0, 400) };
    const bottom = { ...drawing, height: 10, pixels: drawing.pixels.slice(400) };
    const part = (y: number) => [0, y, 40, 10] as const;
    const rectangles = [
      rectangle(part(0), encodings.zrle, await pack32(drawZrle(bottom), zrle)),
      rectangle(part(10), encodings.zrle, await pack32(drawZrle(top), zrle)),
      rectangle(part(0), encodings.tight, await drawTight(top, 'copy', tight, 2)),
      rectangle(part(10), encodings.tight, await drawTight(bottom, 'gradient', tight, 2)),
    ];
    const picture = await see([greeting(...size), update(...rectangles)]);
    expect(Buffer.from(picture.rgb).equals(rgbOf(drawing))).toBe(true);
  });

  it('can begin a stream of Tight anew', async () => {
    const first = await drawTight(drawing, 'copy', new Packer(), 1);
    const second = await drawTight(drawing, 'copy', new Packer(), 1);
    second[0] = (second[0] ?? 0) | 0b0010;
    const both = [first, second].map(data => rectangle(whole(drawing), encodings.tight, data));
    expect(Buffer.from((await see([greeting(...size), update(...both)])).rgb).equals(rgbOf(drawing))).toBe(true);
    second[0] &= 0xf0;
    const broken = [first, second].map(data => rectangle(whole(drawing), encodings.tight, data));
    await expect(see([greeting(...size), update(...broken)])).rejects.toMatchObject({ code: 'failed' });
  });

  it('can copy what is there, over itself in every direction', async () => {
    for (const [toX, toY] of [
      [3, 2],
      [0, 0],
      [5, 0],
      [0, 4],
    ] as const) {
      const [fromX, fromY] = [2, 1];
      const copy = rectangle([toX, toY, 30, 12], encodings.copyRect, [0, fromX, 0, fromY]);
      const picture = await see([greeting(...size), update(rectangle(whole(drawing), 0, drawRaw(drawing)), copy)]);
      const expected = [...drawing.pixels];
      for (let y = 0; y < 12; y++) {
        for (let x = 0; x < 30; x++)
          expected[(toY + y) * 40 + toX + x] = drawing.pixels[(fromY + y) * 40 + fromX + x] ?? 0;
      }
      expect(Buffer.from(picture.rgb).equals(rgbOf({ ...drawing, pixels: expected }))).toBe(true);
    }
  });

  it('can fill with one colour, end by saying so, and bring pointers along', async () => {
    const head = Buffer.from([0, 0, 255, 255]);
    const fill = rectangle([0, 0, 40, 20], encodings.tight, [0x80, 1, 2, 3]);
    const pointer = rectangle([1, 1, 9, 3], encodings.cursor, new Uint8Array(9 * 3 * 4 + 2 * 3));
    const keys = rectangle([0, 0, 0, 0], encodings.extendedKeys);
    const last = rectangle([0, 0, 0, 0], encodings.lastRect);
    const picture = await see([greeting(...size), head, pointer, keys, fill, last]);
    expect(new Set(picture.rgb)).toEqual(new Set([1, 2, 3]));
  });

  it('is waited for until all of the screen is there, past bells, clipboards and colours', async () => {
    const half = rectangle([0, 0, 40, 10], 0, drawRaw({ ...drawing, pixels: drawing.pixels.slice(0, 400) }));
    const rest = rectangle([0, 10, 40, 10], 0, drawRaw({ ...drawing, pixels: drawing.pixels.slice(400) }));
    const noise = [Buffer.from([2]), Buffer.from([3, 0, 0, 0, 0, 0, 0, 5, ...Buffer.from('hello')])];
    const colours = Buffer.from([1, 0, 0, 0, 0, 2, ...Array<number>(12).fill(9)]);
    const picture = await see([greeting(...size), update(half), ...noise, colours, update(rest)]);
    expect(Buffer.from(picture.rgb).equals(rgbOf(drawing))).toBe(true);
  });

  it.each([
    ['DesktopSize', encodings.desktopSize, []],
    ['ExtendedDesktopSize', encodings.extendedDesktopSize, [1, 0, 0, 0, ...Array<number>(16).fill(0)]],
  ])('can change the size of the screen by %s', async (_name, encoding, data) => {
    const small: Drawing = { width: 3, height: 2, pixels: [1, 2, 3, 4, 5, 6] };
    const bytes = [
      greeting(...size),
      update(rectangle([0, 0, 3, 2], encoding, data)),
      update(rectangle([0, 0, 3, 2], 0, drawRaw(small))),
    ];
    const stream = replay(Buffer.concat(bytes), { held: bytes[0]?.length ?? 0, ends: false });
    const client = await RfbClient.connect(stream, { signal });
    expect(await client.capture()).toEqual({ width: 3, height: 2, rgb: new Uint8Array(small.pixels.flatMap(bytesOf)) });
    // The new screen has been asked for, all of it.
    expect(stream.heard().includes(Buffer.from([3, 0, 0, 0, 0, 0, 0, 3, 0, 2]))).toBe(true);
    client.close();
  });
});

describe('a hostile server', () => {
  const refused = async (bytes: readonly Buffer[], message: RegExp) =>
    expect(see(bytes)).rejects.toMatchObject({ code: 'failed', message: expect.stringMatching(message) });
  const screen = greeting(64, 64);
  const bomb = deflateSync(Buffer.alloc(50_000_000));
  const bombLength = [bomb.length >>> 24, (bomb.length >> 16) & 255, (bomb.length >> 8) & 255, bomb.length & 255];

  it.each<[string, readonly Buffer[], RegExp]>([
    ['a screen of four thousand million pixels', [greeting(65_535, 65_535)], /screen of/],
    ['a rectangle outside', [screen, update(rectangle([60, 0, 5, 5], 0))], /not on the screen/],
    ['a copy from outside', [screen, update(rectangle([0, 0, 9, 9], 1, [0, 60, 0, 0]))], /not on the screen/],
    ['an encoding that nobody asked for', [screen, update(rectangle([0, 0, 9, 9], 2))], /encoding 2/],
    ['a message of its own', [screen, Buffer.from([77])], /type 77/],
    ['a clipboard of 4 GiB', [screen, Buffer.from([3, 0, 0, 0, 255, 255, 255, 255])], /clipboard/],
    ['more compressed data than pixels', [screen, update(rectangle([0, 0, 64, 64], 16, [255, 0, 0, 0]))], /bytes for/],
    ['a JPEG picture', [screen, update(rectangle([0, 0, 9, 9], 7, [0x90]))], /JPEG/],
    ['a tile of no kind', [screen, update(rectangle([0, 0, 1, 1], 16, pack([17])))], /kind 17/],
    ['a run without end', [screen, update(rectangle([0, 0, 2, 2], 16, pack([128, 1, 2, 3, 255, 9])))], /run beyond/],
    [
      'a colour beyond its palette',
      [screen, update(rectangle([0, 0, 1, 1], 16, pack([3, ...Array<number>(9).fill(1), 192])))],
      /colour 3/,
    ],
    ['too few tiles', [screen, update(rectangle([0, 0, 64, 64], 16, pack([0])))], /less data/],
    ['too many tiles', [screen, update(rectangle([0, 0, 1, 1], 16, pack([1, 1, 1, 1, 1])))], /more data/],
    ['damaged data', [screen, update(rectangle([0, 0, 1, 1], 16, [0, 0, 0, 3, 1, 2, 3]))], /damaged/],
    [
      'a part outside of its tile',
      [screen, update(rectangle([0, 0, 4, 4], 5, [8 | 16, 1, 0, 0, 0, 0, 0x30, 0x10]))],
      /part of a tile/,
    ],
    ['a pointer of a million pixels', [screen, update(rectangle([0, 0, 4000, 4000], -239))], /pointer/],
    ['a zlib bomb', [screen, update(rectangle([0, 0, 8, 8], 16, [...bombLength]), bomb)], /bytes for|more compressed/],
    [
      'a smaller zlib bomb',
      [screen, update(rectangle([0, 0, 64, 64], 16, pack(new Uint8Array(200_000).fill(1))))],
      /more compressed/,
    ],
  ])('can not send %s', async (_what, bytes, message) => refused(bytes, message));

  it('can not keep a viewer for ever, whatever it sends', async () => {
    const bells = replay(Buffer.concat([screen, Buffer.alloc(1_000_000, 2)]), { lengths: [4096], ends: false });
    const client = await RfbClient.connect(bells, { signal, milliseconds: 200 });
    await expect(client.capture()).rejects.toMatchObject({ code: 'timeout' });
    const copies = Array.from({ length: 60_000 }, () => rectangle([0, 0, 4000, 4000], 1, [0, 1, 0, 0]));
    const busy = replay(Buffer.concat([greeting(4001, 4000), update(...copies)]), { held: 12 + 2 + 4 + 24 + 4 });
    const startedAt = performance.now();
    const other = await RfbClient.connect(busy, { signal, milliseconds: 200 });
    await expect(other.capture()).rejects.toMatchObject({ code: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('can send anything at all, and gets no more than a Fault', async () => {
    const types = fc.constantFrom(0, 1, 5, 7, 16, -223, -224, -239, -258, -308);
    const short = fc.integer({ min: 0, max: 66 });
    const rectangles = fc
      .tuple(short, short, short, short, types, fc.uint8Array({ maxLength: 60 }))
      .map(([x, y, width, height, encoding, data]) => rectangle([x, y, width, height], encoding, data));
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
      fc.array(rectangles, { maxLength: 6 }).map(list => update(...list)),
    );
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(anything, { maxLength: 4 }), cuts, async (greets, messages, lengths) => {
        const outcome = await see(greets ? [screen, ...messages] : messages, lengths).catch((error: unknown) => error);
        // A server that stops amid its greeting is waited for, and no longer than that.
        const codes = greets ? /^failed$/ : /^(failed|timeout)$/;
        if (outcome instanceof Error)
          expect(outcome).toMatchObject({ name: 'Fault', code: expect.stringMatching(codes) });
        else expect(outcome).toHaveProperty('rgb');
      }),
      { numRuns: 300 },
    );
  });
});

function pack(bytes: Uint8Array | readonly number[]): number[] {
  const packed = deflateSync(Buffer.from(bytes));
  return [
    packed.length >>> 24,
    (packed.length >> 16) & 255,
    (packed.length >> 8) & 255,
    packed.length & 255,
    ...packed,
  ];
}
