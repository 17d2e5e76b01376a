import type { OpenOptions } from '../../../disk/open-image.ts';
import { identifyPath } from './identify-path.ts';
import { listParts } from './list-parts.ts';

export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/**
 * Leaves out what is proved with another image: files that were found under a second name, the parents of others, and the
 * files that hold another's data. `told` is called with how many were looked at.
 */
export async function keepTips(
  files: readonly string[],
  options: OpenOptions & { signal: AbortSignal },
  told: (done: number, total: number) => void,
): Promise<{ tips: string[]; leftOut: LeftOut[] }> {
  const { unique, leftOut } = await dropSecondNames(files);
  const reasons = new Map<string, string>();
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
    told(++done, unique.size);
  }
  const tips: string[] = [];
  for (const [identity, file] of unique) {
    const reason = reasons.get(identity);
    if (reason === undefined) tips.push(file);
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
