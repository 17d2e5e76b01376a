import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const searchPath = {
  ...process.env,
  PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
  MTOOLS_SKIP_CHECK: '1',
  // mtools writes names with letters beyond ASCII only where the locale has them.
  LC_ALL: 'C.UTF-8',
};

/** Runs a real tool; what it prints comes back as text. Throws when it fails. */
export function runTool(file: string, ...args: string[]): string {
  return execFileSync(file, args, { env: searchPath, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whether all tools are installed; says which is not, once per test file. */
export function haveTools(...names: string[]): boolean {
  const missing = names.filter(name => {
    try {
      execFileSync('which', [name], { env: searchPath, stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length > 0)
    console.warn(`Tests are skipped, because these tools are not installed: ${missing.join(', ')}`);
  return missing.length === 0;
}

/** A folder that is removed after the tests of the file; the function gives paths inside of it. */
export function useScratch(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'vmbridge-disk-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return name => join(folder, name);
}
