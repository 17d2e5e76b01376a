import { bundle } from '../build/bundle.ts';
import { writeLicenses } from '../build/licenses.ts';
import { copyRecogniser } from '../build/recogniser.ts';
import { bundleForSnapshot } from '../build/snapshot.ts';

/** What `npm run build` puts into dist/, in a folder of its own: dist/ may be about to be replaced. */
export async function buildServer(folder: string): Promise<void> {
  const [{ inputs }, recogniser] = await Promise.all([
    bundle(folder),
    copyRecogniser(folder),
    bundleForSnapshot(folder),
  ]);
  const data = ['node_modules/tesseract.js-core', 'node_modules/@tesseract.js-data/eng'];
  await writeLicenses(folder, [...inputs, ...recogniser, ...data]);
}
