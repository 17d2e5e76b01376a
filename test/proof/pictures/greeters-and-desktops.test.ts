import { describe, expect, it } from 'vitest';
import { classifyPicture } from '../../../src/proof/classify-picture.ts';
import { describeLayout } from '../../../src/proof/screen/layout/describe-layout.ts';
import type { TextBox } from '../../../src/proof/screen/text-box.ts';
import { Canvas } from './support/canvas.ts';
import { canRender, renderScreen } from './support/render-screen.ts';

type Place = readonly [text: string, left: number, top: number, width: number, height: number];

/** The first rule that holds for a drawing on which this was read. */
async function judge(canvas: Canvas, places: readonly Place[]): Promise<string | undefined> {
  const picture = await renderScreen(canvas);
  const boxes = places.map(
    ([text, left, top, width, height]): TextBox => ({ text, left, top, width, height, confidence: 0.9 }),
  );
  const lines = boxes.map(({ text }) => text);
  return classifyPicture({ picture, layout: describeLayout(picture), lines, boxes })[0]?.rule.id;
}

/** A desktop with icons and a bar whose clock is too small to be read. */
function drawDesktop(name: string): { canvas: Canvas; places: Place[] } {
  const canvas = new Canvas(1024, 768).gradient('#2a5a7a', '#1a2a3a');
  for (const row of [0, 1, 2]) canvas.circle(88, 48 + row * 140, 22, '#e0c060', { stroke: '#402000', strokeWidth: 4 });
  canvas.rectangle(0, 736, 1024, 32, '#eee');
  for (const icon of [0, 1, 2, 3]) canvas.rectangle(4 + icon * 26, 744, 18, 16, '#357');
  for (const icon of [0, 1, 2, 3]) canvas.rectangle(910 + icon * 26, 744, 18, 16, '#753');
  return { canvas, places: [['anna', 68, 81, 38, 9], [name, 38, 361, 100, 12] as const] };
}

/** A box without borders that can be told, with two fields, and a bar that tells the session. */
function drawPair(bar: string): { canvas: Canvas; places: Place[] } {
  const canvas = new Canvas(1280, 800, '#04485a');
  canvas.rectangle(0, 0, 1280, 40, '#f4f4f4');
  for (const top of [363, 408]) canvas.rectangle(588, top, 148, 28, '#fff', { stroke: '#555' });
  return { canvas, places: [[bar, 6, 12, 259, 18]] };
}

function drawLabel(): Canvas {
  const canvas = new Canvas(1280, 800, '#000');
  canvas.rectangle(150, 144, 980, 364, '#bebebe', { stroke: '#eee', strokeWidth: 3 });
  return canvas.rectangle(342, 315, 508, 41, '#bebebe', { stroke: '#555', strokeWidth: 2 });
}

describe.skipIf(!canRender())('greeters and desktops as they are installed (needs rsvg-convert)', () => {
  it('are told by the trash below its icon when no clock can be read', async () => {
    const { canvas, places } = drawDesktop('Trash (Empty)');
    expect(await judge(canvas, places)).toBe('picture-desktop-icons');
    expect(await judge(canvas, drawDesktop('Papierkorb').places)).toBe('picture-desktop-icons');
    expect(await judge(canvas, drawDesktop('Reports').places)).toBeUndefined();
    expect(await judge(new Canvas(1024, 768).gradient('#2a5a7a', '#1a2a3a'), places)).toBeUndefined();
  });

  it('are told by two fields below a bar that names the session', async () => {
    const { canvas, places } = drawPair('Session | GNOME on Wayland');
    expect(await judge(canvas, places)).toBe('picture-sign-in-pair');
    expect(await judge(canvas, drawPair('File Edit View').places)).toBeUndefined();
    expect(await judge(canvas, [...places, ['Passphrase for the disk', 500, 300, 200, 20]])).toBe(
      'picture-disk-passphrase',
    );
  });

  it('are told by a welcome to the machine and the question for a name', async () => {
    const label: Place = ['Login: |', 256, 325, 95, 28];
    const welcome: Place = ['Welcome to debian', 403, 211, 257, 25];
    expect(await judge(drawLabel(), [welcome, label])).toBe('picture-sign-in-label');
    expect(await judge(drawLabel(), [label])).toBeUndefined();
    expect(await judge(drawLabel(), [welcome, ['Region:', 256, 325, 80, 28]])).toBe('picture-first-start');
  });

  it('are not there when they say that they have failed', async () => {
    const canvas = new Canvas(1280, 800, '#f6f5f4').circle(640, 300, 60, '#333');
    expect(await judge(canvas, [['Oh no! Something has gone wrong.', 500, 430, 280, 16]])).toBe(
      'picture-session-failed',
    );
  });
});
