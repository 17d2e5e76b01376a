import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'esbuild';

export const root = path.resolve(import.meta.dirname, '../..');

/** The SDK loads ajv for what vmbridge never does: checking JSON Schemas that it is handed at run time. */
const withoutAjv: Plugin = {
  name: 'without-ajv',
  setup({ onResolve }) {
    const shims = path.join(root, 'src/rpc/mcp/sdk-shims.ts');
    onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, () => ({ path: shims }));
  },
};

// What is found in the repository, through node_modules or beside the source, stands elsewhere in an installed vmbridge.
const trainedData = "createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')";
const trainedDataBeside = "(chunkFolder + '/../ocr/eng/package.json')";
const threadFile = "new URL('./export-worker.ts', import.meta.url)";
const threadBeside = "require('node:path').join(chunkFolder, '..', 'threads', 'image-export.cjs')";
const workerBeside = `module.exports = {
  ...require('../../constants/defaultOptions'),
  workerPath: require('node:path').join(chunkFolder, '..', 'ocr', 'worker.js'),
};`;

/**
 * Source of ours as it goes into the bundle. `z` taken as one object would drag in all of zod, with its messages in 60
 * languages; of a namespace only what is used stays.
 */
const ownSource: Plugin = {
  name: 'own-source',
  setup({ onLoad }) {
    onLoad({ namespace: 'file', filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      for (const [name, code] of [
        ['optical-reader.ts', trainedData],
        ['find-language-data.ts', trainedData],
        ['worker-file.ts', threadFile],
      ] as const) {
        if (file.endsWith(name) && !text.includes(code)) {
          throw new Error(`scripts/build/plugins.ts no longer finds the file that ${name} looks for.`);
        }
      }
      return {
        contents: text
          .replace("import { z } from 'zod';", "import * as z from 'zod';")
          .replace(trainedData, trainedDataBeside)
          .replace(threadFile, threadBeside),
        loader: 'ts',
      };
    });
  },
};

const recogniserBeside: Plugin = {
  name: 'recogniser-beside',
  setup({ onLoad, onResolve }) {
    // Node finds names in what a CommonJS library exports; esbuild gives `import()` of one its default alone.
    onResolve({ filter: /^tesseract\.js$/ }, ({ kind, path: id }) =>
      kind === 'dynamic-import' ? { path: id, namespace: 'by-name' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'by-name' }, () => ({
      contents: "import library from 'tesseract.js'; export const { createWorker, OEM, PSM } = library;",
      resolveDir: root,
    }));
    onLoad({ filter: /tesseract\.js[\\/]src[\\/]worker[\\/]node[\\/]defaultOptions\.js$/ }, () => ({
      contents: workerBeside,
    }));
  },
};

/** What makes our source a bundle. Its output needs a constant `chunkFolder`, the folder that is beside `ocr` and `threads`. */
export const plugins: readonly Plugin[] = [withoutAjv, ownSource, recogniserBeside];
