import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { commonOptions, parts } from './bundle.ts';
import { plugins, root } from './plugins.ts';

// Only while a snapshot is made does its script know where it stands.
const banner = "const distFolder=require('node:path').join(__dirname,'x');";

const partNames = new Map(Object.entries(parts).map(([name, source]) => [path.join(root, source), name]));

/** In a process that began as a snapshot `import()` is not to be had, but require() is, and takes ES modules too. */
const partsFromDisk: Plugin = {
  name: 'parts-from-disk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\// }, ({ path: id, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const name = partNames.get(path.join(resolveDir, id));
      if (name === undefined) return { errors: [{ text: `${id} is not among the parts of scripts/build/bundle.ts.` }] };
      return { path: name, namespace: 'part' };
    });
    onLoad({ filter: /.*/, namespace: 'part' }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule('node:module').createRequire(distFolder)('./${name}.js');`,
    }));
  },
};

/**
 * Writes `vmbridge-snapshot.cjs`, from which the user's own Node makes a start-up snapshot: a snapshot fits only the very
 * build of Node that made it, and can therefore not be shipped.
 */
export async function bundleForSnapshot(outdir: string): Promise<string> {
  const { outputFiles } = await build({
    ...commonOptions,
    entryPoints: { 'vmbridge-snapshot': 'src/rpc/mcp/snapshot-entry.ts' },
    outdir,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    banner: { js: banner },
    plugins: [partsFromDisk, ...plugins],
  });
  const file = path.join(outdir, 'vmbridge-snapshot.cjs');
  await writeFile(file, outputFiles[0]?.text ?? '');
  return file;
}
