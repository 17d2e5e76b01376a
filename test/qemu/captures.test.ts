import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '../../src/errors/fault.ts';
import type { Picture } from '../../src/model/picture.ts';
import { defaultMemoryBytes } from '../../src/qemu/default-memory.ts';
import { findTextPage, isTextGeometry } from '../../src/qemu/guest/find-text-page.ts';
import { LogTail } from '../../src/qemu/guest/log-tail.ts';
import { parsePpm } from '../../src/qemu/guest/parse-ppm.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a PPM', () => {
  test('is read with all its pixels', () => {
    const sides = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) });
    const blank = fc.constantFrom(' ', '\n', '\t', ' # a comment 12\n', '\r\n');
    fc.assert(
      fc.property(sides, blank, fc.nat(255), ({ width, height }, between, shade) => {
        const pixels = Buffer.alloc(width * height * 3, shade);
        const file = Buffer.concat([Buffer.from(`P6${between}${width}${between}${height}${between}255\n`), pixels]);
        const picture = parsePpm(file);
        expect([picture.width, picture.height]).toEqual([width, height]);
        expect(Buffer.from(picture.rgb).equals(pixels)).toBe(true);
      }),
    );
  });

  test('that shows what the one before did is that one', () => {
    const file = Buffer.concat([Buffer.from('P6 2 2 255\n'), Buffer.from('abcdefghijkl')]);
    const first = parsePpm(file);
    expect(parsePpm(Buffer.from(file), first)).toBe(first);
    file.write('X', file.length - 1);
    expect(Buffer.from(first.rgb).toString()).toBe('abcdefghijkl');
    expect(Buffer.from(parsePpm(file, first).rgb).toString()).toBe('abcdefghijkX');
    const turned = Buffer.concat([Buffer.from('P6 1 4 255\n'), Buffer.from('abcdefghijkl')]);
    expect(parsePpm(turned, first)).toMatchObject({ width: 1, height: 4 });
  });

  test('that is cut short, or anything else, is a Fault', () => {
    for (const text of [
      '',
      'P6',
      'P6 2 2 255\n',
      'P5 1 1 255\n   ',
      'P6 0 1 255\n',
      'P6 99999 99999 255\n',
      'P6 1 1 65535\n      ',
    ]) {
      expect(() => parsePpm(Buffer.from(text))).toThrow(Fault);
    }
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(() => parsePpm(Buffer.concat([Buffer.from('P6'), bytes]))).toThrow(Fault);
      }),
    );
  });
});

describe('the text page on the screen', () => {
  /** A screen in a made-up font: every character has rows of ink of its own. */
  function draw(page: Buffer, cellWidth = 9): Picture {
    const width = 80 * cellWidth;
    const rgb = new Uint8Array(width * 400 * 3);
    for (let cell = 0; cell < 2000; cell += 1) {
      const character = page[cell * 2] ?? 0;
      if (character === 0 || character === 0x20) continue;
      for (let bit = 0; bit < 8; bit += 1) {
        if (((character >> bit) & 1) === 0) continue;
        const [x, y] = [(cell % 80) * cellWidth + bit, Math.floor(cell / 80) * 16 + 3 + bit];
        rgb.fill(0xaa, (y * width + x) * 3, (y * width + x) * 3 + 3);
      }
    }
    return { width, height: 400, rgb };
  }
  const words = fc.sample(fc.string({ minLength: 0, maxLength: 70 }), { numRuns: 205, seed: 1 });
  const memory = Buffer.concat(
    words
      .slice(0, 204)
      .map(word => Buffer.from([...word.padEnd(80).slice(0, 80)].flatMap(one => [one.charCodeAt(0), 0x07]))),
  );
  const pageAt = (row: number) => memory.subarray(row * 160, row * 160 + 4000);

  test.each([0, 1, 25, 100, 179])('is found when it begins with row %i of the memory', row => {
    expect(findTextPage(draw(pageAt(row)), memory)?.equals(pageAt(row))).toBe(true);
    expect(findTextPage(draw(pageAt(row), 8), memory)?.equals(pageAt(row))).toBe(true);
  });

  test('is found in spite of the cursor', () => {
    const picture = draw(pageAt(30));
    picture.rgb.fill(0xff, 720 * 15 * 3, (720 * 15 + 9) * 3);
    expect(findTextPage(picture, memory)?.equals(pageAt(30))).toBe(true);
  });

  test('is not found in a picture that shows something else', () => {
    const noise = new Uint8Array(720 * 400 * 3).map((_, at) => (at * 7919) % 251);
    expect(findTextPage({ width: 720, height: 400, rgb: noise }, memory)).toBeUndefined();
    expect(findTextPage({ width: 720, height: 400, rgb: noise }, Buffer.alloc(32 * 1024))).toBeUndefined();
    expect(findTextPage({ width: 720, height: 400, rgb: new Uint8Array(720 * 400 * 3) }, memory)).toBeUndefined();
  });

  test('is looked for in the sizes of text screens only', () => {
    expect(
      [
        { width: 720, height: 400 },
        { width: 640, height: 480 },
        { width: 1280, height: 800 },
      ].map(isTextGeometry),
    ).toEqual([true, false, false]);
  });
});

describe('a log that QEMU writes', () => {
  test('is read as it grows, also by several at once', async () => {
    const file = join(folder, 'growing.log');
    const tail = new LogTail(file);
    expect(await tail.read()).toBe('');
    let text = '';
    await appendFile(file, '');
    expect(await tail.read()).toBe('');
    for (const piece of ['one\n', 'zwei ü ', '三\n', '']) {
      await appendFile(file, piece);
      text += piece;
      expect(await Promise.all([tail.read(), tail.read()])).toEqual([text, text]);
    }
  });

  test('keeps the beginning and the end of a flood, and the file is cut', async () => {
    const file = join(folder, 'flood.log');
    const tail = new LogTail(file);
    await writeFile(file, 'BEGINNING');
    await tail.read();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < 40; count += 1) {
      await appendFile(file, megabyte);
      if (count % 10 === 0) await tail.drain();
    }
    await appendFile(file, 'END');
    const text = await tail.read();
    expect(text.startsWith('BEGINNING')).toBe(true);
    expect(text.endsWith('END')).toBe(true);
    expect(text).toMatch(/bytes left out/);
    expect(text.length).toBeLessThan(2 * 1024 * 1024);
    expect((await stat(file)).size).toBeLessThan(33 * 1024 * 1024);
    await appendFile(file, ' AND ON');
    expect((await tail.read()).endsWith('END AND ON')).toBe(true);
  });
});

describe('the memory of a guest', () => {
  const gibibyte = 1024 ** 3;
  test.each([
    [64 * gibibyte, 2 * gibibyte],
    [3 * gibibyte, 1.5 * gibibyte],
    [gibibyte, gibibyte / 2],
    [1, gibibyte / 2],
    [2.1 * gibibyte, gibibyte],
  ])('with %i bytes free is %i', (free, expected) => {
    expect(defaultMemoryBytes(free)).toBe(expected);
  });
});
