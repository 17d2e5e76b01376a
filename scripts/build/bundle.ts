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

/** What a start-up snapshot loads later, by name, as its own file holds none of it. */
export const parts: Readonly<Record<string, string>> = {
  'parts/dispatch': 'src/rpc/dispatch.ts',
  'parts/configuration-schema': 'src/bridge/configuration/schema.ts',
  'parts/winston-log': 'src/host/winston-log.ts',
};

/** What runs in a thread of its own. Each is one file, as that is found and read faster than many. */
const threads: Readonly<Record<string, string>> = {
  'threads/image-export': 'src/disk/nbd/export-worker.ts',
};

/** Bundles src/main.ts into a folder; the entry is `vmbridge.js`. */
export async function bundle(outdir: string): Promise<Bundle> {
  const [inputs] = await Promise.all([
    bundleEntries(outdir, { vmbridge: 'src/main.ts', ...parts }),
    bundleThreads(outdir),
  ]);
  const entry = path.join(outdir, 'vmbridge.js');
  await chmod(entry, 0o755);
  return { entry, inputs };
}

async function bundleThreads(outdir: string): Promise<void> {
  await build({
    ...commonOptions,
    write: true,
    entryPoints: { ...threads },
    outdir,
    // Node starts a thread with such a file six milliseconds faster than with an ES module.
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    plugins: [...plugins],
  });
}

/** Bundles any sources, by the name of their output without suffix, and tells which files went into it. */
export async function bundleEntries(
  outdir: string,
  entryPoints: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { outputFiles, metafile } = await build({
    ...commonOptions,
    entryPoints: { ...entryPoints },
    outdir,
    // One chunk for each door and each call's work: what is not used is not read.
    splitting: true,
    format: 'esm',
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: banner },
    plugins: [...plugins],
  });
  for (const file of outputFiles) {
    await mkdir(path.dirname(file.path), { recursive: true });
    await writeFile(file.path, importOnce(file.text));
  }
  return Object.keys(metafile.inputs);
}
