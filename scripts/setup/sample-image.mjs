import { join } from 'node:path';
import { runQuietly, runStep } from './children.mjs';
import { sampleNeeds } from './package-manager.mjs';
import { root } from './places.mjs';
import { SetupError } from './setup-error.mjs';
import { ensureSystemPackages, thisSystem } from './system-packages.mjs';

/** Throws on a system whose packages a sample image can not be made from. */
export function checkSampleOffered() {
  if (process.arch === 'x64' && ['apt-get', 'apt-cache', 'dpkg-deb'].every(thisSystem.hasProgram)) return;
  throw new SetupError(
    'The sample image is made from Debian or Ubuntu packages for x86-64, which this system does not offer.',
    { remedy: 'Name an image of your own instead: npm start -- path/to/backup.vhdx', status: 2 },
  );
}

/** Makes the sample image unless it is there; gives its path. */
export async function ensureSampleImage(node) {
  const script = join(root, 'scripts', 'sample', 'make-sample.ts');
  const found = readPath(await runQuietly(node, [script, '--find'], { cwd: root }));
  if (found) return found;
  await ensureSystemPackages('Tools for the sample image', sampleNeeds);
  return readPath(await runStep('Making the sample image', node, [script], { cwd: root }));
}

function readPath({ stdout }) {
  return stdout.trim().split('\n').at(-1);
}
