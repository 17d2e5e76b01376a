import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle } from '../../scripts/build/bundle.ts';

let built: Promise<string> | undefined;

/**
 * The entry of a bundle of the source as it is now, made once for each process that asks. Its own, as dist/ may be stale
 * or about to be replaced.
 */
export function bundleForTests(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  if (process.env.VMBRIDGE_TEST_BUNDLE) return process.env.VMBRIDGE_TEST_BUNDLE;
  // The home of a test run is removed at its end, whichever way its processes end.
  const folder = mkdtempSync(path.join(process.env.VMBRIDGE_HOME ?? tmpdir(), 'bundle-'));
  return (await bundle(folder)).entry;
}
