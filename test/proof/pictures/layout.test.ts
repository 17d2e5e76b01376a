import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../src/model/picture.ts';
import { compareLayouts, findSpinner } from '../../../src/proof/screen/layout/compare-layouts.ts';
import { describeLayout } from '../../../src/proof/screen/layout/describe-layout.ts';

type Paint = (x: number, y: number) => number | undefined;

/** A picture of rectangles and discs, drawn pixel by pixel: the later ones lie on top. */
function paint(width: number, height: number, background: number, ...paints: Paint[]): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let colour = background;
      for (const one of paints) colour = one(x, y) ?? colour;
      rgb.set([colour >> 16, (colour >> 8) & 255, colour & 255], (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

const box =
  (left: number, top: number, width: number, height: number, colour: number): Paint =>
  (x, y) =>
    x >= left && x < left + width && y >= top && y < top + height ? colour : undefined;
const disc =
  (cx: number, cy: number, radius: number, colour: number): Paint =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) <= radius ? colour : undefined;

/** A QR code: three finder patterns, and between them modules by a rule. */
function qrCode(left: number, top: number, module: number): Paint {
  return (x, y) => {
    const [column, row] = [Math.floor((x - left) / module) - 1, Math.floor((y - top) / module) - 1];
    if (column < -1 || row < -1 || column > 25 || row > 25) return undefined;
    if (column < 0 || row < 0 || column > 24 || row > 24) return 0xffffff;
    for (const [cornerX, cornerY] of [
      [0, 0],
      [18, 0],
      [0, 18],
    ] as const) {
      const far = Math.max(Math.abs(column - cornerX - 3), Math.abs(row - cornerY - 3));
      if (far <= 3) return far === 2 ? 0xffffff : 0x0078d7;
      if (far === 4) return 0xffffff;
    }
    return (column * 7 + row * 13 + column * row) % 3 === 0 ? 0x0078d7 : 0xffffff;
  };
}

describe('the layout of a screen', () => {
  it('has a dominant colour with its share', () => {
    const layout = describeLayout(paint(640, 480, 0x0078d7, box(0, 0, 640, 120, 0)));
    expect(layout.dominant.share).toBeCloseTo(0.75, 1);
    expect(layout.dominant.colour & 255).toBeGreaterThan(190);
    expect(layout.blackShare).toBeCloseTo(0.25, 1);
    expect(layout.blueShare).toBeCloseTo(0.75, 1);
  });

  it('is blank, or a pointer only', () => {
    expect(describeLayout(paint(640, 480, 0)).blank).toBe(true);
    expect(describeLayout(paint(640, 480, 0, disc(320, 240, 12, 0xffffff))).pointerOnly).toBe(true);
    expect(describeLayout(paint(640, 480, 0, disc(320, 240, 60, 0xffffff))).pointerOnly).toBe(false);
  });

  it('has fields, cards, discs and panels where they were drawn', () => {
    const picture = paint(
      1024,
      768,
      0x2c3440,
      box(0, 0, 1024, 30, 0x101010),
      box(0, 728, 1024, 40, 0x101010),
      box(340, 250, 344, 280, 0x505a68),
      disc(512, 330, 50, 0xd0d0d0),
      box(400, 430, 224, 34, 0xffffff),
    );
    const { fields, cards, discs, panels } = describeLayout(picture);
    expect(fields).toContainEqual(expect.objectContaining({ top: 430, height: 34 }));
    expect(cards).toContainEqual(expect.objectContaining({ top: 250, height: 280 }));
    expect(discs[0]).toMatchObject({ x: expect.closeTo(512, -1), y: expect.closeTo(330, -1) });
    expect(discs[0]?.radius).toBeGreaterThan(44);
    expect(panels.map(({ side, height }) => [side, height])).toEqual([
      ['top', 30],
      ['bottom', 40],
    ]);
  });

  it.each([2, 3, 5, 8])('has a QR code with modules of %i pixels', module => {
    const { qrCode: area } = describeLayout(paint(800, 600, 0x0078d7, qrCode(80, 300, module)));
    expect(area).toBeDefined();
    expect(Math.abs((area?.left ?? 0) - 80 - module)).toBeLessThanOrEqual(2 * module);
    expect(Math.abs((area?.width ?? 0) - 25 * module)).toBeLessThanOrEqual(2 * module + 2);
  });

  it('has a circle of dots only where dots stand on a circle', () => {
    const dots = [0, 0.5, 1.1, 1.8, 2.6].map(angle =>
      disc(320 + 22 * Math.cos(angle), 350 + 22 * Math.sin(angle), 3, 0xffffff),
    );
    const { dotRing } = describeLayout(paint(640, 480, 0, ...dots));
    expect(dotRing?.width).toBeGreaterThan(36);
    expect(dotRing?.width).toBeLessThan(52);
    const row = [0, 1, 2, 3, 4].map(index => disc(280 + 20 * index, 350, 3, 0xffffff));
    expect(describeLayout(paint(640, 480, 0, ...row)).dotRing).toBeUndefined();
    const scattered = [
      [300, 340],
      [312, 380],
      [331, 352],
      [345, 371],
      [322, 366],
    ].map(([x = 0, y = 0]) => disc(x, y, 3, 0xffffff));
    expect(describeLayout(paint(640, 480, 0, ...scattered)).dotRing).toBeUndefined();
  });

  it('is told of any picture without failing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 70 }),
        fc.integer({ min: 0, max: 60 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, height, stream) => {
          const rgb = new Uint8Array(width * height * 3);
          const values = stream[Symbol.iterator]();
          const few = Array.from({ length: 97 }, () => values.next().value ?? 0);
          for (let at = 0; at < rgb.length; at++) rgb[at] = few[(at * 31) % few.length] ?? 0;
          const layout = describeLayout({ width, height, rgb });
          expect(layout.dominant.share).toBeLessThanOrEqual(1);
          for (const area of [...layout.fields, ...layout.cards])
            expect(area.left + area.width).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what moves between two pictures', () => {
  const still = paint(800, 600, 0, box(340, 160, 120, 120, 0x00a4ef));
  const turned = paint(800, 600, 0, box(340, 160, 120, 120, 0x00a4ef), disc(400, 450, 20, 0xffffff));

  it('is a spinner when it is small and in the middle', () => {
    expect(findSpinner(still, turned)).toEqual({ left: 380, top: 430, width: 41, height: 41 });
    expect(compareLayouts(still, still)).toEqual({ spinner: false });
  });

  it('is none when it is large, at the side, or another size of screen', () => {
    expect(findSpinner(still, paint(800, 600, 0, disc(100, 450, 20, 0xffffff)))).toBeUndefined();
    expect(findSpinner(still, paint(800, 600, 0x202020))).toBeUndefined();
    expect(findSpinner(still, paint(640, 480, 0))).toBeUndefined();
    const both = paint(
      800,
      600,
      0,
      box(340, 160, 120, 120, 0x00a4ef),
      disc(400, 450, 20, 0xffffff),
      disc(20, 20, 9, 0xffffff),
    );
    expect(findSpinner(still, both)).toBeUndefined();
  });
});
