import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Every file below a folder of the host, by its path with "/"; a folder ends with "/", anything else with what it is. */
export function listTree(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) return [`${path}/`, ...listTree(join(folder, entry.name), `${path}/`)];
      return [entry.isFile() ? path : `${path} (special)`];
    })
    .sort();
}

/** Compares a copy with what it should be, file by file; `isLeftOut` names what the copy does not have. */
export function expectSameTree(copy: string, original: string, isLeftOut: (path: string) => boolean = () => false) {
  const wanted = listTree(original).filter(path => !isLeftOut(path));
  expect(listTree(copy)).toEqual(wanted);
  for (const path of wanted.filter(each => !each.endsWith('/'))) {
    const [one, other] = [join(copy, path), join(original, path)];
    const [size, same] = [lstatSync(one).size, lstatSync(other).size];
    expect([path, size]).toEqual([path, same]);
    // What is larger is compared by those who made it.
    if (size < 64 * 2 ** 20 && !readFileSync(one).equals(readFileSync(other))) throw new Error(`${path} differs`);
  }
}

export function expectFiles(copy: string, files: ReadonlyMap<string, Buffer>): void {
  for (const [path, content] of files) {
    if (!readFileSync(join(copy, path)).equals(content)) throw new Error(`${path} differs`);
  }
}

export async function sumFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(part);
  return hash.digest('hex');
}
