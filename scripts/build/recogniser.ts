import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { commonOptions } from './bundle.ts';

const { resolve } = createRequire(import.meta.url);
// These cores know only the newer kind of data, which is the one that is shipped; the worker itself would load bigger ones.
const cores = ['tesseract-core-lstm', 'tesseract-core-simd-lstm', 'tesseract-core-relaxedsimd-lstm'];
const dataFolder = '4.0.0_best_int';
/** English, and what its data cannot read: that of other Latin letters would add nothing. */
export const shippedLanguages = ['eng', 'jpn', 'chi_sim'] as const;

/** Puts the optical recogniser into `<outdir>/ocr`: its worker, its cores and the data for the shipped languages. */
export async function copyRecogniser(outdir: string): Promise<readonly string[]> {
  const folder = path.join(outdir, 'ocr');
  const from = path.dirname(resolve('tesseract.js-core/package.json'));
  const languages = path.join(path.dirname(resolve('@tesseract.js-data/eng/package.json')), '..');
  await mkdir(folder, { recursive: true });
  // The package around it is made of ES modules; these files are not.
  await writeFile(path.join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  await Promise.all([
    ...cores.flatMap(core =>
      ['.js', '.wasm'].map(suffix => cp(path.join(from, core + suffix), path.join(folder, 'core', core + suffix))),
    ),
    ...shippedLanguages.map(code => {
      const file = path.join(code, dataFolder, `${code}.traineddata.gz`);
      return cp(path.join(languages, file), path.join(folder, file));
    }),
  ]);
  return bundleWorker(folder);
}

async function bundleWorker(folder: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...commonOptions,
    write: true,
    entryPoints: { worker: resolve('tesseract.js/src/worker-script/node/index.js') },
    outdir: folder,
    format: 'cjs',
    // Data for Japanese and Chinese sets what only older recognisers had, about which this one complains before anybody can stop it.
    banner: { js: 'process.stderr.write = () => true;' },
    plugins: [
      {
        name: 'core-beside',
        setup({ onResolve }) {
          onResolve({ filter: /^tesseract\.js-core\// }, ({ path: id }) => ({
            path: `./core/${path.basename(id).replace(/(-lstm)?$/, '-lstm')}`,
            external: true,
          }));
        },
      },
    ],
  });
  return Object.keys(metafile.inputs);
}
