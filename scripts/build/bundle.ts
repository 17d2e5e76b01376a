import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { importOnce } from './import-once.ts';
import { plugins, root } from './plugins.ts';

export const commonOptions = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

// CommonJS libraries inside an ES module bundle still ask for require().
const banner =
  "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url),chunkFolder=import.meta.dirname;";

export interface Bundle {
  readonly entry: string;
  /** Files that went into it, relative to the root of the repository. */
  readonly inputs: readonly string[];
}

/** Bundles src/main.ts into a folder; the entry is `vmbridge.js`. */
export async function bundle(outdir: string, entryPoints = { vmbridge: 'src/main.ts' }): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...commonOptions,
    entryPoints,
    outdir,
    // One chunk for each door and each call's work: what is not used is not read.
    splitting: true,
    format: 'esm',
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: banner },
    plugins: [...plugins],
  });
  await mkdir(path.join(outdir, 'chunks'), { recursive: true });
  await Promise.all(outputFiles.map(file => writeFile(file.path, importOnce(file.text))));
  const entry = path.join(outdir, 'vmbridge.js');
  await chmod(entry, 0o755);
  return { entry, inputs: Object.keys(metafile.inputs) };
}
