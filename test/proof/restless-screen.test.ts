import { describe, expect, it } from 'vitest';
import type { Picture } from '../../src/model/picture.ts';
import { measureChange } from '../../src/proof/screen/measure-change.ts';
import { SettledPicture } from '../../src/proof/watch/settled-picture.ts';
import { watchGuest } from '../../src/proof/watch-guest.ts';
import { listDrawnScreens } from './pictures/support/drawn-screens.ts';
import { renderScreen } from './pictures/support/render-screen.ts';
import { PretendGuest, plainPicture } from './support/pretend-guest.ts';

const quick = { optical: 0.3, shortestMs: 20, longestMs: 60 };

/** The picture with a square of a shade in its corner. */
function mark(picture: Picture, shade: number, size = 60): Picture {
  const rgb = Uint8Array.from(picture.rgb);
  for (let y = 10; y < 10 + size; y++)
    rgb.fill(shade, (y * picture.width + 10) * 3, (y * picture.width + 10 + size) * 3);
  return { ...picture, rgb };
}

/** Shows another shade at every look: higher than a line of text, so no small clock. */
class RestlessGuest extends PretendGuest {
  override async screendump(): Promise<Picture> {
    const picture = await super.screendump();
    return mark(picture, (this.looks * 40) % 240);
  }
}

describe('a screen that never stands still', () => {
  it('is told all the same when only a large clock or a meter moves', { timeout: 120_000 }, async () => {
    const drawn = listDrawnScreens().find(({ name }) => name === 'linux-sddm-1');
    if (!drawn) throw new Error('no such drawing');
    const guest = new RestlessGuest();
    guest.text = undefined;
    guest.picture = await renderScreen(drawn.canvas);
    const signal = new AbortController().signal;
    const { verdict } = await watchGuest(guest, { limitSeconds: 100, signal, limits: quick });
    expect(verdict).toMatchObject({ state: 'graphical_login', rule: 'picture-sign-in-user', passed: true });
  });

  it('settles while what moves is small, and is told once', () => {
    const settled = new SettledPicture();
    const plain = plainPicture(90, 640, 480);
    for (const second of [0, 1, 2]) settled.add(mark(plain, second * 50), second);
    expect(settled.isDue(2, 3)).toBe(false);
    expect(settled.isDue(3, 3)).toBe(true);
    settled.use();
    expect(settled.isDue(9, 3)).toBe(false);
    settled.add(mark(plain, 255, 200), 10);
    expect(settled.isDue(12, 3)).toBe(false);
    expect(settled.isDue(13, 3)).toBe(true);
  });

  it('differs by the pixels that look different', () => {
    const plain = plainPicture(90, 640, 480);
    expect(measureChange(plain, plain)).toBe(0);
    expect(measureChange(plain, mark(plain, 93))).toBe(0);
    expect(measureChange(plain, mark(plain, 200))).toBeCloseTo(3600 / (640 * 480));
    expect(measureChange(plain, plainPicture(90, 800, 600))).toBe(1);
  });
});
