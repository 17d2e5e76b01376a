import { splitPath } from '../split-path.ts';
import type { ExtEntry } from './parse-folder.ts';
import type { ExtInode } from './read-inode.ts';

/** What a walk through the folders needs to know. */
export interface ExtTree {
  inode(number: number, signal?: AbortSignal): Promise<ExtInode>;
  entries(folder: ExtInode, signal?: AbortSignal): Promise<ExtEntry[]>;
  linkTarget(link: ExtInode, signal?: AbortSignal): Promise<string>;
}

const rootInode = 2;
const mostLinks = 16;
const mostSteps = 256;

/** The inode at a path, symbolic links followed; undefined when there is none, or links lead in a circle. */
export async function findInode(tree: ExtTree, path: string, signal?: AbortSignal): Promise<ExtInode | undefined> {
  // Names still to walk, and the inodes walked through, so that ".." leads back.
  let names = splitPath(path);
  let stack = [await tree.inode(rootInode, signal)];
  let links = 0;
  for (let step = 0; names.length > 0 && step < mostSteps; step++) {
    const [name = '', ...rest] = names;
    names = rest;
    const folder = stack.at(-1);
    if (folder?.kind !== 'folder') return undefined;
    if (name === '..') {
      stack = stack.slice(0, Math.max(1, stack.length - 1));
      continue;
    }
    const entry = (await tree.entries(folder, signal)).find(each => each.name === name);
    if (!entry) return undefined;
    const inode = await tree.inode(entry.inode, signal);
    if (inode.kind !== 'link') {
      stack.push(inode);
      continue;
    }
    links++;
    if (links > mostLinks) return undefined;
    const target = await tree.linkTarget(inode, signal);
    if (target.startsWith('/')) stack = stack.slice(0, 1);
    names = [...splitPath(target), ...names];
  }
  return names.length === 0 ? stack.at(-1) : undefined;
}
