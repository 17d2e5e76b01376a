import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { concludePicture, type PictureConclusion } from '../../../scripts/screens/conclude-picture.ts';
import { confusionMatrix, measureRecall } from '../../../scripts/screens/confusion-matrix.ts';
import { passingState } from '../../../src/model/verdict.ts';
import { type ReadScreen, readDrawnScreens, recordReadings } from './support/read-drawn-screens.ts';
import { canRender } from './support/render-screen.ts';

/** Reads every picture anew and writes readings and matrix, after the drawings or the recognition have changed. */
const rewrite = process.env.VMBRIDGE_READ_PICTURES === '1';
const matrixFile = new URL('confusion-matrix.json', import.meta.url);
const passing: readonly string[] = passingState.options;

let concluded: (ReadScreen & { conclusion: PictureConclusion })[] = [];

function listConclusions(): { label: string; concluded: string; name: string }[] {
  return concluded.map(({ screen, conclusion }) => ({
    label: screen.state,
    concluded: conclusion.state,
    name: screen.name,
  }));
}

describe.skipIf(!canRender())('drawn screens (needs rsvg-convert and fonts)', () => {
  beforeAll(async () => {
    const screens = await readDrawnScreens(rewrite);
    if (rewrite) recordReadings(screens);
    concluded = screens.map(screen => ({ ...screen, conclusion: concludePicture(screen.picture, screen) }));
  }, 1_800_000);

  it('are many, of every state, and their names differ', () => {
    expect(concluded.length).toBeGreaterThanOrEqual(180);
    expect(new Set(concluded.map(({ screen }) => screen.name)).size).toBe(concluded.length);
    expect(concluded.filter(({ screen }) => screen.state === 'inconclusive').length).toBeGreaterThanOrEqual(35);
    expect(new Set(concluded.map(({ screen }) => screen.state)).size).toBeGreaterThanOrEqual(12);
  });

  it('never pass when they must not', () => {
    const wrong = listConclusions().filter(one => passing.includes(one.concluded) && !passing.includes(one.label));
    expect(wrong).toEqual([]);
  });

  it('are told apart in nine cases of ten, and each state in most of its pictures', () => {
    const matrix = confusionMatrix(listConclusions());
    expect(measureRecall(matrix)).toBeGreaterThanOrEqual(0.9);
    for (const [label, row] of Object.entries(matrix)) {
      expect(measureRecall({ [label]: row }), label).toBeGreaterThanOrEqual(0.75);
    }
  });

  it('give the matrix that the documents show', () => {
    const matrix = confusionMatrix(listConclusions());
    if (rewrite || !existsSync(matrixFile)) writeFileSync(matrixFile, `${JSON.stringify(matrix, null, 2)}\n`);
    expect(JSON.parse(readFileSync(matrixFile, 'utf8'))).toEqual(matrix);
  });

  it('name the stop code and the module that failed', () => {
    const stops = concluded.filter(({ screen }) => screen.state === 'blue_screen');
    const codes = stops.map(({ conclusion }) => conclusion.match?.stopCode);
    const expected = /^(INACCESSIBLE_BOOT_DEVICE|CRITICAL_PROCESS_DIED|0x0000007B)$/;
    expect(codes.filter(code => code && expected.test(code)).length).toBeGreaterThanOrEqual(stops.length - 2);
    const modules = stops.map(({ conclusion }) => conclusion.match?.failedModule?.toLowerCase());
    expect(
      modules.filter(name => name && ['storahci.sys', 'netio.sys', 'viostor.sys'].includes(name)).length,
    ).toBeGreaterThanOrEqual(4);
  });

  it('name the status of a boot manager', () => {
    const codes = concluded
      .filter(({ screen }) => screen.state === 'bootloader_error')
      .map(({ conclusion }) => conclusion.match?.stopCode);
    expect(codes.filter(code => code && /^0xc0000(00e|225|098)$/.test(code)).length).toBeGreaterThanOrEqual(7);
  });

  it('are looked at quickly', () => {
    const times = concluded
      .filter(({ picture }) => picture.width <= 1280)
      .map(({ conclusion }) => conclusion.layoutTime)
      .sort((one, other) => one - other);
    // A tenth of this on a machine that has nothing else to do.
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(100);
  });
});
