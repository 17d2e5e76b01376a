import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runStep } from './children.mjs';
import { withLock } from './lock.mjs';
import { cacheFolder, root } from './places.mjs';

export const bundle = join(root, 'dist', 'vmbridge.js');
const stamp = join(cacheFolder, 'bundle-stamp');
const inputs = ['package.json', 'package-lock.json', 'scripts/build.ts', 'scripts/build', 'src'];

function listInputs(path) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry) return [];
  if (!entry.isDirectory()) return [`${path} ${entry.size} ${entry.mtimeMs}`];
  return readdirSync(path)
    .sort()
    .flatMap(name => listInputs(join(path, name)));
}

function hashInputs() {
  const lines = inputs.flatMap(input => listInputs(join(root, input)));
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** True when the bundle was built from the source as it is now. */
export function isBundleFresh() {
  try {
    return existsSync(bundle) && readFileSync(stamp, 'utf8') === hashInputs();
  } catch {
    return false;
  }
}

/** Builds dist/vmbridge.js unless it is fresh. */
export async function ensureBundle(node) {
  if (isBundleFresh()) return;
  await withLock(join(cacheFolder, 'bundle.lock'), async () => {
    if (isBundleFresh()) return;
    // Taken first: source changed while building must not count as built.
    const built = hashInputs();
    rmSync(stamp, { force: true });
    await runStep(
      'Building vmbridge',
      node,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'scripts/build.ts')],
      {
        cwd: root,
      },
    );
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, built);
  });
}
