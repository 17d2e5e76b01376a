import type { OpenOptions } from '../../../disk/open-image.ts';
import { identifyPath } from './identify-path.ts';
import { listParts } from './list-parts.ts';
import { stampFiles } from './stamp-files.ts';

export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

export interface Tip {
  readonly path: string;
  /** Another one when the image, or what it stands on, is no longer the same. */
  readonly stamp: string;
}

/**
 * Leaves out what is proved with another image: files that were found under a second name, the parents of others, and the
 * files that hold another's data. `told` is called with how many were looked at.
 */
export async function keepTips(
  files: readonly string[],
  options: OpenOptions & { signal: AbortSignal },
  told: (done: number, total: number) => void,
): Promise<{ tips: Tip[]; leftOut: LeftOut[] }> {
  const { unique, leftOut } = await dropSecondNames(files);
  const reasons = new Map<string, string>();
  const stamps = new Map<string, string>();
  let done = 0;
  for (const [identity, file] of unique) {
    const { parents, extents } = await listParts(file, options);
    const note = async (part: string, reason: string) => {
      const partIdentity = await identifyPath(part);
      if (partIdentity !== undefined && partIdentity !== identity && !reasons.has(partIdentity)) {
        reasons.set(partIdentity, reason);
      }
    };
    for (const parent of parents) await note(parent, `It is a parent of "${file}".`);
    for (const extent of extents) await note(extent, `It is a part of "${file}".`);
    stamps.set(identity, await stampFiles([file, ...parents, ...extents]));
    told(++done, unique.size);
  }
  const tips: Tip[] = [];
  for (const [identity, file] of unique) {
    const reason = reasons.get(identity);
    if (reason === undefined) tips.push({ path: file, stamp: stamps.get(identity) ?? '' });
    else leftOut.push({ path: file, reason });
  }
  return { tips, leftOut };
}

async function dropSecondNames(files: readonly string[]): Promise<{ unique: Map<string, string>; leftOut: LeftOut[] }> {
  const unique = new Map<string, string>();
  const leftOut: LeftOut[] = [];
  for (const file of new Set(files)) {
    const identity = (await identifyPath(file)) ?? file;
    const first = unique.get(identity);
    if (first === undefined) unique.set(identity, file);
    else leftOut.push({ path: file, reason: `It is the same file as "${first}".` });
  }
  return { unique, leftOut };
}
