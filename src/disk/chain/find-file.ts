import { readdir, stat } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';

/** Folders with more entries than this are not searched for another spelling. */
const mostEntries = 100_000;

/**
 * The file of this name, or the one whose name differs from it in upper and lower case alone: Windows, which wrote the name
 * down, does not tell these apart. Undefined when there is neither.
 */
export async function findFile(path: string): Promise<string | undefined> {
  if (await exists(path)) return path;
  const { root } = parse(resolve(path));
  const wanted = resolve(path).slice(root.length).split(/[\\/]/);
  let folder = dirname(path);
  while (folder !== dirname(folder) && !(await exists(folder))) folder = dirname(folder);
  const depth = folder === root ? 0 : resolve(folder).slice(root.length).split(/[\\/]/).length;
  for (const name of wanted.slice(depth)) {
    const names = await readdir(folder).catch(() => []);
    const same = names.length > mostEntries ? undefined : names.find(each => isSame(each, name));
    if (same === undefined) return undefined;
    folder = join(folder, same);
  }
  return (await exists(folder)) ? folder : undefined;
}

function isSame(one: string, other: string): boolean {
  return one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase();
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
