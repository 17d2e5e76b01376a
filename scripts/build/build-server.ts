import { bundle } from './bundle.ts';
import { writeLicenses } from './licenses.ts';
import { copyRecogniser, shippedLanguages } from './recogniser.ts';
import { bundleForSnapshot } from './snapshot.ts';

/** All that an installed vmbridge consists of. */
export async function buildServer(folder: string): Promise<void> {
  const [{ inputs }, recogniser] = await Promise.all([
    bundle(folder),
    copyRecogniser(folder),
    bundleForSnapshot(folder),
  ]);
  const data = [
    'node_modules/tesseract.js-core',
    ...shippedLanguages.map(code => `node_modules/@tesseract.js-data/${code}`),
  ];
  await writeLicenses(folder, [...inputs, ...recogniser, ...data]);
}
