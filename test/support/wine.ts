import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { withLock } from '../../scripts/setup/lock.mjs';
import { cacheFolder, root } from '../../scripts/setup/places.mjs';
import { ensureWindowsNode } from './windows-node.ts';
import { ensureWinePrefix, prefixFolder, stopWineServer, wineEnvironment, wineProgram } from './wine-prefix.ts';

type Module = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Windows, as far as wine is one: functions of a file in test/windows/programs run there, in the Windows build of Node. */
export interface Windows<Functions extends Module> {
  /** A folder, seen from Linux; `toWindows` gives the path that Windows has for it. */
  readonly folder: string;
  call<Name extends keyof Functions & string>(
    name: Name,
    ...args: Parameters<Functions[Name]>
  ): Promise<Awaited<ReturnType<Functions[Name]>>>;
  close(): Promise<void>;
}

export function toWindows(file: string): string {
  return `Z:${file.replaceAll('/', '\\')}`;
}

/**
 * One test file at a time has the prefix: it is ended with everything in it when that file is done. Gives the reason, when
 * it cannot be had here.
 */
export async function openWindows<Functions extends Module>(program: string): Promise<Windows<Functions> | string> {
  const wine = wineProgram;
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'wine runs Windows programs on Linux x86-64 only';
  if (wine === undefined) return 'wine is not installed: apt-get install --no-install-recommends wine64';
  const node = await ensureWindowsNode().catch((error: unknown) => `${error instanceof Error ? error.message : error}`);
  if (!node.endsWith('.exe')) return `the Windows build of Node could not be fetched: ${node}`;
  const release = await holdPrefix(wine);
  const folder = await mkdtemp(path.join(tmpdir(), 'vmb-wine-'));
  const close = async () => {
    await stopWineServer(prefixFolder, '-k');
    await rm(folder, { recursive: true, force: true });
    release();
  };
  try {
    const bundle = await bundleProgram(program, folder);
    const call = async (name: string, ...args: unknown[]) => callFunction([wine, node, bundle], folder, name, args);
    return { folder, call, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function holdPrefix(wine: string): Promise<() => void> {
  const { promise: done, resolve: release } = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  withLock(path.join(cacheFolder, 'wine-prefix.lock'), async () => {
    await ensureWinePrefix(wine);
    await rm(path.join(prefixFolder, 'drive_c', 'vmb tests'), { recursive: true, force: true });
    held.resolve();
    await done;
  }).catch(held.reject);
  await held.promise;
  return release;
}

/** One CommonJS file that calls the function named in its arguments and writes what it gives. */
async function bundleProgram(program: string, folder: string): Promise<string> {
  const outfile = path.join(folder, 'program.cjs');
  await build({
    stdin: {
      contents: [
        `import * as functions from ${JSON.stringify(`./test/windows/programs/${program}`)};`,
        "import { answer } from './test/windows/programs/answer.ts';",
        'answer(functions);',
      ].join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    outfile,
    logLevel: 'silent',
    // A bundle of CommonJS has no import.meta; what asks for it takes the file itself.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  return outfile;
}

let count = 0;

async function callFunction(
  [wine, node, bundle]: readonly [string, string, string],
  folder: string,
  name: string,
  args: readonly unknown[],
) {
  const call = path.join(folder, `call-${count++}`);
  await writeFile(`${call}.json`, JSON.stringify({ name, args }));
  // Node for Windows cannot use the pipes and terminals of Linux as its standard output: a file will do.
  const printed = await open(`${call}.txt`, 'w');
  const child = spawn(wine, [node, toWindows(bundle), toWindows(call)], {
    stdio: ['ignore', printed.fd, printed.fd],
    env: wineEnvironment(),
    cwd: folder,
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const status = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  clearTimeout(timer);
  await printed.close();
  const text = await readFile(`${call}.answer`, 'utf8').catch(() => undefined);
  const failure = `${name} under wine ended with ${status}:\n${await readFile(`${call}.txt`, 'utf8')}`;
  if (text === undefined) throw new Error(failure);
  const answer = JSON.parse(text);
  if ('error' in answer) throw new Error(`${failure}\n${answer.error}`);
  return answer.value;
}
