import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep, runVisibly } from './children.mjs';
import { withLock } from './lock.mjs';
import { cacheFolder, root } from './places.mjs';

const lockFile = join(root, 'package-lock.json');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.vmbridge-installed');

/** The Node that runs npm. Inside npm's scripts, `node` itself is the packaged one as soon as that is installed. */
const outerNode = process.env.npm_node_execpath ?? process.execPath;

function lockHash() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

/** True when node_modules holds what the lock file asks for. */
export function areNodePackagesFresh() {
  try {
    if (readFileSync(stamp, 'utf8') === lockHash()) return true;
  } catch {
    // Not installed by this script; perhaps by `npm ci`, which writes its own record last.
  }
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record) || statSync(record).mtimeMs < statSync(lockFile).mtimeMs) return false;
  writeFileSync(stamp, lockHash());
  return true;
}

/** npm as this script was started by it, else the one on the search path. */
export function npmCommand(args) {
  const script = process.env.npm_execpath;
  // Another package manager may have started this script; the lock file is npm's.
  if (script && /npm-cli\.[cm]?js$/.test(script)) return { file: outerNode, args: [script, ...args], shell: false };
  // A .cmd file can only be run by a shell; the arguments are all fixed words.
  const windows = process.platform === 'win32';
  return { file: windows ? 'npm.cmd' : 'npm', args, shell: windows };
}

/** Installs the node packages unless they are there. */
export async function ensureNodePackages() {
  if (areNodePackagesFresh()) return;
  // npm ci removes node_modules, and Windows does not let it remove the program that runs this script.
  if (process.platform === 'win32' && process.execPath.startsWith(modules) && !outerNode.startsWith(modules)) {
    process.exit(await runVisibly(outerNode, process.argv.slice(1)));
  }
  await withLock(join(cacheFolder, 'node-packages.lock'), async () => {
    if (areNodePackagesFresh()) return;
    // Everything is a development dependency, and an older system Node is enough to install and to build.
    const wanted = ['ci', '--include=dev', '--no-audit', '--no-fund', '--engine-strict=false'];
    const { file, args, shell } = npmCommand(wanted);
    await runStep('Installing node packages (npm ci)', file, args, { cwd: root, shell });
    writeFileSync(stamp, lockHash());
  });
}
