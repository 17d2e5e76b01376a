import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileItem } from '../volumes/file-system.ts';
import { copyContent } from './copy-content.ts';
import type { CopyReport } from './copy-report.ts';
import { FewAtOnce } from './few-at-once.ts';
import { isLocalDamage, type TreeVisitor, walkTree } from './walk-tree.ts';
import { fileProblem } from './write-fault.ts';

export interface CopyTreeOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  readonly onFile: () => void;
}

/** Files that are copied side by side: most are small, and each takes several calls of the system. */
const together = 4;

/** Copies a folder with all that is in it to a new one. What can not be copied is told in the report. */
export async function copyTree(
  root: FileItem,
  target: string,
  report: CopyReport,
  options: CopyTreeOptions,
): Promise<void> {
  const copies = new FewAtOnce(together);
  const visitor: TreeVisitor = {
    skip: (names, reason) => report.skip(names, reason),
    async enter(names) {
      const problem = await makeFolder(join(target, ...names));
      if (problem === undefined) report.folders++;
      return problem;
    },
    async leave(names, { modified }) {
      // Files that are still made would change the time again.
      await copies.end();
      if (modified) await utimes(join(target, ...names), modified, modified).catch(() => undefined);
    },
    async file(names, item) {
      await copies.begin(async () => {
        const problem = await copyFile(item, join(target, ...names), options);
        if (problem !== undefined) return report.skip(names, problem);
        report.files++;
        report.bytes += item.size;
        options.onFile();
      });
      return undefined;
    },
  };
  try {
    await walkTree(root, visitor, options.signal);
  } finally {
    // Nobody removes the folder while something is still written to it.
    await copies.end();
  }
}

/** Copies one file, or says why that can not be. */
async function copyFile(item: FileItem, file: string, options: CopyTreeOptions): Promise<string | undefined> {
  const { signal, onBytes } = options;
  try {
    const content = await item.content?.(signal);
    if (!content) return 'Its content can not be read.';
    await copyContent(content, file, { modified: item.modified, sum: false, signal, onBytes });
    return undefined;
  } catch (error) {
    const problem = fileProblem(error) ?? (isLocalDamage(error) ? error.message : undefined);
    if (problem === undefined) throw error;
    return problem;
  }
}

async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return undefined;
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    return problem;
  }
}
