import { mkdtempSync, rmSync } from 'node:fs';
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
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return (await bundle(folder)).entry;
}
