import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './children.mjs';
import { withLock } from './lock.mjs';
import { cacheFolder, root } from './places.mjs';
import { say } from './say.mjs';
import { SetupError } from './setup-error.mjs';

/** The oldest Node that runs the program. */
export const oldest = [22, 19];

/** True for "v22.19.0" and later. */
export function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

const folder = join(root, 'node_modules', 'node');
const packaged = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The Node that came with the packages, when its file is there. */
export function packagedNode() {
  return existsSync(packaged) && statSync(packaged).size > 1_000_000 ? packaged : undefined;
}

function worksHere(file) {
  try {
    return isNewEnough(
      execFileSync(file, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
    );
  } catch {
    return false;
  }
}

/**
 * A Node that runs the program: the packaged one, mended when npm did not run its install script (newer npm versions
 * ask first), else the one that runs this script when it is new enough.
 */
export async function ensureNewerNode() {
  if (packagedNode() && worksHere(packaged)) return packaged;
  if (isNewEnough(process.version)) return process.execPath;
  try {
    await withLock(join(cacheFolder, 'node-packages.lock'), mendPackagedNode);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`Node ${oldest.join('.')} or later is needed, and the packaged one could not be installed.`, {
      output: `${error.output ?? ''}\n${error.message}`,
      remedy:
        `${error.remedy ?? ''}\nOr install Node ${oldest.join('.')} or later yourself and run the same command again.`.trim(),
      cause: error,
    });
  }
  if (worksHere(packaged)) return packaged;
  throw new SetupError(
    `Node ${oldest.join('.')} or later is needed; this is ${process.version}, and the packaged one does not run here.`,
    {
      remedy: `Install Node ${oldest.join('.')} or later and run the same command again.`,
    },
  );
}

async function mendPackagedNode() {
  if (packagedNode() && worksHere(packaged)) return;
  const script = join(folder, 'installArchSpecificPackage.js');
  if (!existsSync(script))
    throw new SetupError(`The node package is incomplete: ${script} is missing.`, { remedy: 'Run: npm ci' });
  say('The packaged Node is missing, because its install script did not run.');
  await runStep('Installing the packaged Node', process.execPath, [script], { cwd: folder });
}
