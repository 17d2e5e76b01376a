import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyPicture } from '../../../src/proof/classify-picture.ts';
import { findLanguageData } from '../../../src/proof/screen/find-language-data.ts';
import { describeLayout } from '../../../src/proof/screen/layout/describe-layout.ts';
import { mergeBoxes } from '../../../src/proof/screen/merge-boxes.ts';
import { OpticalReader, type OpticalReading } from '../../../src/proof/screen/optical-reader.ts';
import { Canvas } from './support/canvas.ts';
import { canRender, renderScreen } from './support/render-screen.ts';
import { drawWindowsScreens } from './support/windows-screens.ts';

const english = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')),
  '4.0.0_best_int/eng.traineddata.gz',
);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'languages-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('data of other languages', () => {
  it('is found in the given folders, zipped or not, the first folder first', () => {
    const [first, second] = [path.join(folder, 'one'), path.join(folder, 'two')];
    for (const place of [first, second]) mkdirSync(place);
    writeFileSync(path.join(first, 'xx1.traineddata'), '');
    writeFileSync(path.join(second, 'xx1.traineddata.gz'), '');
    writeFileSync(path.join(second, 'xx2.traineddata.gz'), '');
    expect(findLanguageData([first, second], ['xx1', 'xx2', 'xx3'])).toEqual([
      { code: 'xx1', folder: first, zipped: false },
      { code: 'xx2', folder: second, zipped: true },
    ]);
    expect(findLanguageData(['/nowhere'], ['xx1'])).toEqual([]);
  });
});

describe('boxes of several passes', () => {
  const box = { text: 'Password', left: 100, top: 100, width: 80, height: 14, confidence: 0.9 };

  it('keep what is surer of a place, and add what is new', () => {
    const vague = { ...box, text: 'Passw0r', confidence: 0.6 };
    expect(mergeBoxes([vague], [box])).toEqual([box]);
    expect(mergeBoxes([box], [vague])).toEqual([box]);
    const other = { ...box, top: 300, text: 'Log In' };
    expect(mergeBoxes([box], [other])).toEqual([box, other]);
  });

  it('leave out what is noise', () => {
    expect(
      mergeBoxes(
        [],
        [
          { ...box, confidence: 0.2 },
          { ...box, text: '~ |' },
          { ...box, height: 3 },
        ],
      ),
    ).toEqual([]);
  });
});

describe.skipIf(!canRender())('reading a drawn screen (needs rsvg-convert and fonts)', { timeout: 120_000 }, () => {
  it('tells where the text stands, light on a photo and dark in a bar', async () => {
    const canvas = new Canvas(1024, 768).photo(3).text(512, 300, 90, '10:42', { anchor: 'middle', weight: 700 });
    canvas.rectangle(0, 728, 1024, 40, '#f0f0f0').text(1000, 753, 13, 'Nov 25 15:07', { anchor: 'end', fill: '#222' });
    const reader = new OpticalReader();
    try {
      const { boxes, lines, method } = await reader.read(await renderScreen(canvas));
      expect(method).toBe('ocr');
      const clock = boxes.find(box => box.text.includes('10:42'));
      expect(clock?.left).toBeGreaterThan(330);
      expect(clock?.top).toBeGreaterThan(200);
      expect(clock?.height).toBeGreaterThan(40);
      const small = boxes.find(box => box.text.includes('15:07'));
      expect(small?.top).toBeGreaterThan(728);
      expect((small?.left ?? 0) + (small?.width ?? 0)).toBeLessThanOrEqual(1024);
      expect(lines.join('\n')).toContain('15:07');
    } finally {
      await reader.close();
    }
  });

  it('uses data of another language from a folder, and stops when a reading is enough', async () => {
    // English under another name: whether the letters are right does not matter here.
    const place = path.join(folder, 'ocr');
    mkdirSync(place);
    cpSync(english, path.join(place, 'deu.traineddata.gz'));
    writeFileSync(path.join(place, 'fra.traineddata'), gunzipSync(readFileSync(english)));
    const reader = new OpticalReader({ languageFolders: [place] });
    const text = 'Hello und der und die le des vous';
    const picture = await renderScreen(new Canvas(640, 200, '#fff').text(40, 100, 30, text, { fill: '#111' }));
    const first = await reader.read(picture);
    const seen: string[] = [];
    const explains = ({ lines }: { lines: readonly string[] }): boolean => {
      seen.push(lines.join(' '));
      return seen.length === 2;
    };
    try {
      expect((await reader.readInOtherLanguages(picture, first, explains)).lines.join(' ')).toContain('Hello');
      expect(seen).toHaveLength(2);
      // English has read no letters, so no other language would.
      const empty = { ...first, lines: ['', ' '] };
      expect((await reader.readInOtherLanguages(picture, empty, explains)).method).toBe('none');
      expect(seen).toHaveLength(2);
    } finally {
      await reader.close();
    }
  });

  it.each(['ja', 'zh'])('explains what English data cannot read, with the data that is shipped: %s', async language => {
    const screen = drawWindowsScreens().find(({ name }) => name === `windows-options-${language}`);
    const picture = await renderScreen(screen?.canvas ?? new Canvas(1, 1));
    const layout = describeLayout(picture);
    // As English data reads such letters, which the rules make nothing of.
    const first = {
      lines: ['FT avmiER HIMEEEERBLTLET'],
      boxes: [],
      method: 'ocr',
      columns: 99,
      confidence: 0.5,
    } as const;
    const classify = (read: OpticalReading): string | undefined =>
      classifyPicture({ picture, layout, lines: read.lines, boxes: read.boxes })[0]?.rule.state;
    const reader = new OpticalReader();
    try {
      const explains = (read: OpticalReading): boolean => classify(read) !== undefined;
      const reading = await reader.readInOtherLanguages(picture, { ...first, lines: [...first.lines] }, explains);
      expect(classify(reading)).toBe('recovery');
      expect(reading.lines.join('')).toMatch(/自動修復|自动修复/);
    } finally {
      await reader.close();
    }
  });

  it('ends at once when it is cancelled', async () => {
    const reader = new OpticalReader({ languageFolders: [path.join(folder, 'ocr')] });
    const controller = new AbortController();
    const picture = await renderScreen(new Canvas(640, 200, '#fff').text(40, 100, 30, 'Hello', { fill: '#111' }));
    const first = { ...(await reader.read(picture)), lines: ['Hello und die'] };
    const reading = reader.readInOtherLanguages(picture, first, () => false, controller.signal);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await reader.close();
  });
});
