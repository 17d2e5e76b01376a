import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Picture } from '../../src/model/picture.ts';
import { listConsoleLines } from '../../src/proof/screen/console-lines.ts';
import { OpticalReader } from '../../src/proof/screen/optical-reader.ts';
import { describePicture } from '../../src/proof/screen/picture-facts.ts';
import { readScreen, ScreenReader } from '../../src/proof/screen/read-screen.ts';
import { halt, sendSerial, showOnScreen } from '../qemu/support/boot-sector.ts';
import { eventually, Workbench } from '../qemu/support/run-guest.ts';

const sample = 'debian login: 0O1lI|vu rn{m}5S8B';
let bench: Workbench;
let text: { picture: Picture; memory: Buffer };
let graphics: Picture;

/** Shows the sample in a mode of the video BIOS. */
async function show(mode: number): Promise<{ picture: Picture; memory: Buffer | undefined }> {
  const setMode = [0xb8, mode, 0x00, 0xcd, 0x10];
  const disk = await bench.writeDisk(`mode-${mode}.raw`, [
    ...setMode,
    ...showOnScreen(sample),
    ...sendSerial('!'),
    ...halt,
  ]);
  const guest = await bench.start(disk, { machine: 'pc', bus: 'ide' });
  await eventually(async () => (await guest.serial()).includes('!'));
  const shown = { picture: await guest.screendump(), memory: await guest.vgaText() };
  await guest.stop({ acpiMs: 0 });
  return shown;
}

beforeAll(async () => {
  bench = await Workbench.open();
  const shown = await show(0x03);
  text = { picture: shown.picture, memory: shown.memory ?? Buffer.alloc(0) };
  graphics = (await show(0x12)).picture;
});
afterAll(() => bench.close());

function createPicture(width: number, height: number, colour: (x: number, y: number) => number): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = colour(x, y);
      rgb.set([value >> 16, (value >> 8) & 255, value & 255], (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

function colourAt({ rgb, width, height }: Picture, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= width || y >= height) return 0;
  const at = (y * width + x) * 3;
  return (rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!;
}

describe('a text screen', () => {
  it('is read from its memory, exactly', () => {
    const reading = readScreen(text.picture, text.memory);
    expect(reading).toMatchObject({ method: 'vga', confidence: 1, columns: 80 });
    expect(reading.lines.at(-1)).toBe(sample);
  });

  it('is read from its picture when its memory is out of reach', () => {
    const reading = readScreen(text.picture);
    expect(reading.method).toBe('glyph');
    expect(reading.lines.at(-1)).toMatch(/^debian login: 0O1lI\|vu rn\{m\}5S8B/);
  });
});

describe('a console on a graphics screen', () => {
  it('is read by its letters', () => {
    expect(readScreen(graphics)).toMatchObject({ method: 'glyph' });
    expect(readScreen(graphics).lines[0]).toBe(sample);
  });

  it.each([
    ['inverse', (colour: number) => (colour === 0 ? 0xffffff : 0)],
    ['yellow on blue', (colour: number) => (colour === 0 ? 0x0000aa : 0xffff55)],
    ['grey on almost the same grey', (colour: number) => (colour === 0 ? 0x101010 : 0x111111)],
  ])('is read when it is %s', (_, recolour) => {
    const picture = createPicture(640, 480, (x, y) => recolour(colourAt(graphics, x, y)));
    expect(readScreen(picture).lines[0]).toBe(sample);
  });

  it('is read when only a part of it is inverse', () => {
    const picture = createPicture(640, 480, (x, y) => {
      const colour = colourAt(graphics, x, y);
      return x >= 56 && x < 112 && y < 16 ? colour ^ 0xaaaaaa : colour;
    });
    expect(readScreen(picture).lines[0]).toBe(sample);
  });

  it.each([
    [1280, 800, 10, 10],
    [1280, 800, 240, 105 + 7],
    [1024, 768, 3, 5],
    [800, 600, 80, 100],
  ])('is read on %i × %i when it begins at %i, %i', (width, height, left, top) => {
    const picture = createPicture(width, height, (x, y) => colourAt(graphics, x - left, y - top));
    const lines = listConsoleLines(readScreen(picture).lines, 160);
    expect(lines[0]).toBe(sample);
  });

  it('is read under a cursor, and next to one', () => {
    const cursor = (x: number, y: number) => y === 14 && ((x >= 264 && x < 272) || (x >= 16 && x < 24));
    const picture = createPicture(640, 480, (x, y) => (cursor(x, y) ? 0xaaaaaa : colourAt(graphics, x, y)));
    expect(readScreen(picture).lines[0]).toBe(sample);
  });

  it('is read beside a picture', () => {
    const logo = (x: number, y: number) => x >= 200 && x < 400 && y >= 200 && y < 300;
    const picture = createPicture(640, 480, (x, y) =>
      logo(x, y) ? (x * 7) | ((y * 5) << 8) : colourAt(graphics, x, y),
    );
    const reading = readScreen(picture);
    expect(reading.lines[0]).toBe(sample);
    expect(reading.confidence).toBeLessThan(1);
  });

  it('is read again at once, since its place is remembered', () => {
    const reader = new ScreenReader();
    const shifted = createPicture(1280, 800, (x, y) => colourAt(graphics, x - 5, y - 3));
    expect(reader.read(shifted).method).toBe('none');
    expect(reader.read(shifted, undefined, true).method).toBe('glyph');
    expect(reader.read(shifted).method).toBe('glyph');
    const times = Array.from({ length: 9 }, () => {
      const started = performance.now();
      reader.read(shifted);
      return performance.now() - started;
    });
    expect(times.sort((one, other) => one - other)[4]).toBeLessThan(25);
  });
});

describe('a picture without a console', () => {
  const pictures = {
    gradient: createPicture(800, 600, (x, y) => (x << 8) | (y & 255)),
    boxes: createPicture(800, 600, (x, y) => (((x >> 5) * 7 + (y >> 4) * 13) % 5 === 0 ? 0x336699 : 0x202020)),
    noise: createPicture(800, 600, (x, y) => (Math.imul(x * 7919 + y, 2654435761) >>> 31 ? 0xffffff : 0)),
  };

  it.each(Object.entries(pictures))('is not taken for text: %s', (_, picture) => {
    expect(readScreen(picture)).toMatchObject({ method: 'none', lines: [] });
  });

  it('is told apart by its colours', () => {
    expect(describePicture(pictures.gradient)).toEqual({ blank: false, graphical: true });
    expect(describePicture(pictures.boxes)).toEqual({ blank: false, graphical: false });
    expect(describePicture(graphics)).toEqual({ blank: false, graphical: false });
    expect(describePicture(createPicture(640, 480, () => 0x1e1e1e))).toEqual({ blank: true, graphical: false });
    const cursor = createPicture(640, 480, (x, y) => (x < 8 && y >= 13 && y < 15 ? 0xaaaaaa : 0));
    expect(describePicture(cursor)).toEqual({ blank: true, graphical: false });
  });
});

describe('optical recognition', () => {
  it('reads letters of no known font, without a network, and ends its worker', { timeout: 60_000 }, async () => {
    // Twice as large and with soft edges: none of the known shapes is left.
    const soft = createPicture(1280, 96, (x, y) => {
      const near = [0, 1, 2].flatMap(dx =>
        [0, 1, 2].map(dy => colourAt(graphics, ((x + dx) >> 1) - 20, ((y + dy) >> 1) - 16) & 255),
      );
      const value = Math.round(near.reduce((sum, part) => sum + part, 0) / near.length);
      return (value << 16) | (value << 8) | value;
    });
    expect(readScreen(soft).method).toBe('none');
    const reader = new OpticalReader();
    const reading = await reader.read(soft);
    expect(reading.method).toBe('ocr');
    expect(reading.lines.join('\n')).toMatch(/debian login:/);
    await reader.close();
    await reader.close();
  });

  it('ends at once when it is cancelled', async () => {
    const reader = new OpticalReader();
    const controller = new AbortController();
    const reading = reader.read(graphics, controller.signal);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await reader.close();
  });
});
