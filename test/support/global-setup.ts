import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, ensureBundle } from '../../scripts/setup/bundle.mjs';

/**
 * Once for each run: the tests get a home of their own, never the user's configuration or state, and the bundle exists.
 * `npm test` also sees to it that the bundle is fresh; here it is left alone, since other runs may be using it.
 */
export default async function setUpRun(): Promise<() => void> {
  const home = mkdtempSync(join(tmpdir(), 'vmb-test-'));
  process.env.VMBRIDGE_HOME = home;
  if (!existsSync(bundle)) {
    await ensureBundle(process.execPath).catch((error: unknown) => {
      console.warn(`dist/vmbridge.js could not be built: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return () => rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}
