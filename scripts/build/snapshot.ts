import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { commonOptions } from './bundle.ts';
import { plugins } from './plugins.ts';

// A start-up snapshot is made of one script that is no ES module. Its folder is known while it is made.
const banner = "const chunkFolder=require('node:path').join(__dirname,'chunks');";

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
    define: { 'import.meta.url': 'undefined' },
    banner: { js: banner },
    // esbuild takes the word of zod that its modules have no side effects, and then uses some before they were run.
    ignoreAnnotations: true,
    plugins: [...plugins],
  });
  const file = path.join(outdir, 'vmbridge-snapshot.cjs');
  await writeFile(file, outputFiles[0]?.text ?? '');
  return file;
}
