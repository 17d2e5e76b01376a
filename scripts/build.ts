// Makes dist/, all that an installed vmbridge consists of: npm run build
import { rmSync } from 'node:fs';
import path from 'node:path';
import { bundle } from './build/bundle.ts';
import { writeLicenses } from './build/licenses.ts';
import { copyRecogniser } from './build/recogniser.ts';
import { bundleForSnapshot } from './build/snapshot.ts';

const dist = path.resolve(import.meta.dirname, '../dist');
rmSync(dist, { recursive: true, force: true });
const [{ inputs }, recogniser] = await Promise.all([bundle(dist), copyRecogniser(dist), bundleForSnapshot(dist)]);
await writeLicenses(dist, [
  ...inputs,
  ...recogniser,
  'node_modules/tesseract.js-core',
  'node_modules/@tesseract.js-data/eng',
]);
