import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../../scripts/sample/build-cache.ts';

const scripts = path.join(import.meta.dirname, '../../../scripts');
const sources = [
  ...['debian-disk', 'sample'].flatMap(name => listFiles(path.join(scripts, name))),
  ...['debian-disk.ts', 'dirty-vhdx.ts', 'luks-header.ts'].map(name => path.join(import.meta.dirname, name)),
];
const sourceHash = sources
  .reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256'))
  .digest('hex')
  .slice(0, 12);
const parent = path.join(cacheFolder, 'disks');

/** Disks of this version of their builders. Those of another version are another folder, and removed in time. */
export const diskFolder = path.join(parent, sourceHash);

mkdirSync(diskFolder, { recursive: true });
const hour = 60 * 60 * 1000;
for (const old of listFiles(parent)) {
  // A run that began with another version may still be using its disks.
  if (old !== diskFolder && Date.now() - statSync(old).mtimeMs > hour) rmSync(old, { recursive: true, force: true });
}

function listFiles(folder: string): string[] {
  return readdirSync(folder)
    .map(name => path.join(folder, name))
    .sort();
}
