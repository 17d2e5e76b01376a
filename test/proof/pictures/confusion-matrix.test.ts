import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confusionMatrix, measureRecall, renderConfusionMatrix } from '../../../scripts/screens/confusion-matrix.ts';

const conclusions = [
  { label: 'desktop', concluded: 'desktop' },
  { label: 'desktop', concluded: 'none' },
  { label: 'inconclusive', concluded: 'none' },
  { label: 'inconclusive', concluded: 'desktop' },
];

describe('a confusion matrix', () => {
  it('counts conclusions by label', () => {
    expect(confusionMatrix(conclusions)).toEqual({
      desktop: { desktop: 1, none: 1 },
      inconclusive: { desktop: 1, none: 1 },
    });
  });

  it('counts nothing told as right only where nothing may be told', () => {
    expect(measureRecall(confusionMatrix(conclusions))).toBe(0.5);
    expect(measureRecall({})).toBe(0);
  });

  it('is a table', () => {
    expect(renderConfusionMatrix(confusionMatrix(conclusions))).toBe(
      [
        '| shown | pictures | desktop | none |',
        '| --- | ---: | ---: | ---: |',
        '| desktop | 2 | 1 | 1 |',
        '| inconclusive | 2 | 1 | 1 |',
      ].join('\n'),
    );
  });
});

describe('the script that classifies pictures of one’s own', { timeout: 120_000 }, () => {
  const root = path.resolve(import.meta.dirname, '../../..');
  const script = path.join(root, 'scripts/screens/classify-screens.ts');
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'screens-'));
    mkdirSync(path.join(folder, 'inconclusive'));
    const blank = new PNG({ width: 320, height: 240 });
    blank.data.fill(255);
    writeFileSync(path.join(folder, 'inconclusive', 'blank.png'), PNG.sync.write(blank));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('prints what is concluded of each, and the matrix', () => {
    const output = execFileSync(process.execPath, [script, 'classify', folder], { encoding: 'utf8', cwd: root });
    expect(output).toContain('inconclusive/blank.png: none');
    expect(output).toContain('| inconclusive | 1 | 1 |');
    expect(output).toContain('recall 1.000');
  });

  it('says how it is used', () => {
    expect(() => execFileSync(process.execPath, [script], { cwd: root, stdio: 'pipe' })).toThrow(/Usage/);
  });
});
