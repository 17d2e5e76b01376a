import { describe, expect, it } from 'vitest';
import { concludePicture } from '../../../scripts/screens/conclude-picture.ts';
import { confusionMatrix, measureRecall } from '../../../scripts/screens/confusion-matrix.ts';
import { passingState } from '../../../src/model/verdict.ts';
import { readDrawnScreens } from './support/read-drawn-screens.ts';
import { canRender } from './support/render-screen.ts';

const passing: readonly string[] = passingState.options;

describe.skipIf(!canRender())('drawn screens, each read anew (needs rsvg-convert and fonts)', () => {
  it('never pass when they must not, and are told apart in nine cases of ten', { timeout: 1_800_000 }, async () => {
    const screens = await readDrawnScreens(true);
    const conclusions = screens.map(screen => ({
      name: screen.screen.name,
      label: screen.screen.state,
      concluded: concludePicture(screen.picture, screen).state,
    }));
    const wrong = conclusions.filter(one => passing.includes(one.concluded) && !passing.includes(one.label));
    expect(wrong).toEqual([]);
    expect(measureRecall(confusionMatrix(conclusions))).toBeGreaterThanOrEqual(0.9);
  });
});
