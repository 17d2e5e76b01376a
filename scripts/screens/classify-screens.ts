/**
 * Tells what the rules for graphical screens conclude of pictures of one's own.
 * Run: npx tsx scripts/screens/classify-screens.ts classify FOLDER, where FOLDER has a folder of PNG files for each state.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import type { Picture } from '../../src/model/picture.ts';
import { passingState } from '../../src/model/verdict.ts';
import { OpticalReader } from '../../src/proof/screen/optical-reader.ts';
import { concludePicture } from './conclude-picture.ts';
import { type Conclusion, confusionMatrix, measureRecall, renderConfusionMatrix } from './confusion-matrix.ts';

const passing: readonly string[] = passingState.options;

function readPng(file: string): Picture {
  const { width, height, data } = PNG.sync.read(readFileSync(file));
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) rgb.set(data.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
  return { width, height, rgb };
}

async function classifyFolder(folder: string): Promise<void> {
  const reader = new OpticalReader();
  const conclusions: Conclusion[] = [];
  const times: number[] = [];
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }).filter(found => found.isDirectory())) {
      const label = entry.name;
      for (const name of readdirSync(join(folder, label))
        .filter(file => file.endsWith('.png'))
        .sort()) {
        const picture = readPng(join(folder, label, name));
        const { state, match, layoutTime } = concludePicture(picture, await reader.read(picture));
        conclusions.push({ label, concluded: state });
        times.push(layoutTime);
        const mark = passing.includes(state) && !passing.includes(label) ? ' FALSE PASS' : '';
        const details = [match?.rule.id, match?.stopCode, match?.failedModule, match?.line].filter(Boolean).join(' | ');
        process.stdout.write(`${label}/${name}: ${state}${mark} ${details}\n`);
      }
    }
  } finally {
    await reader.close();
  }
  const matrix = confusionMatrix(conclusions);
  const mean = times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length);
  process.stdout.write(`\n${renderConfusionMatrix(matrix)}\n\n`);
  process.stdout.write(`recall ${measureRecall(matrix).toFixed(3)}, layout ${mean.toFixed(1)} ms on average\n`);
}

const [command, folder] = process.argv.slice(2);
if (command !== 'classify' || folder === undefined) {
  process.stderr.write('Usage: npx tsx scripts/screens/classify-screens.ts classify FOLDER\n');
  process.exitCode = 2;
} else {
  await classifyFolder(folder);
}
