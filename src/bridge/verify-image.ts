import type { ToolInput, ToolOutput } from '../catalog/types.ts';
import { describeLayers } from '../disk/describe-layers.ts';
import type { DiskImage } from '../disk/disk-image.ts';
import { openImage } from '../disk/open-image.ts';
import { describeUnreadable, verifyImage as verify } from '../disk/verify-image.ts';
import type { CallContext } from '../model/call.ts';
import type { VerifyProblem } from '../model/image.ts';
import { compareAll, identifyFiles } from '../proof/evidence/compare-files.ts';

type Input = ToolInput<'image.verify'>;
type Output = ToolOutput<'image.verify'>;
type Findings = Omit<Output, 'sources' | 'unchanged' | 'milliseconds'>;

/** Checks an image with all its parents, and shows that checking changed nothing. */
export async function verifyImage(input: Input, call: CallContext): Promise<Output> {
  const started = performance.now();
  const { signal } = call;
  const opened = await openOrDescribe(input, signal);
  try {
    const files = 'severity' in opened ? [input.image] : [opened.path, ...opened.parents];
    const share = input.sha256 ? 0.25 : 0;
    const identify = (from: number, message: string) =>
      identifyFiles(files, {
        sha256: input.sha256,
        signal,
        progress: done => call.progress({ fraction: from + done * share, message }),
      });
    const before = await identify(0, 'hashing');
    const findings = await examine(opened, input.image, signal, (done, total) => {
      const message = `reading: ${(done / 2 ** 20).toFixed(0)} of ${(total / 2 ** 20).toFixed(0)} MiB`;
      call.progress({ fraction: share + (1 - 2 * share) * (done / total), message });
    });
    const sources = compareAll(before, await identify(1 - share, 'hashing again'));
    const unchanged = sources.every(comparison => comparison.unchanged);
    return { ...findings, sources, unchanged, milliseconds: Math.round(performance.now() - started) };
  } finally {
    if (!('severity' in opened)) await opened.close();
  }
}

/** The image, or why it is too damaged to be opened. */
async function openOrDescribe(
  { image, format, parents }: Input,
  signal: AbortSignal,
): Promise<DiskImage | VerifyProblem> {
  try {
    return await openImage(image, { format, parents, signal });
  } catch (error) {
    const problem = describeUnreadable(error);
    if (problem === undefined) throw error;
    return problem;
  }
}

async function examine(
  opened: DiskImage | VerifyProblem,
  path: string,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<Findings> {
  if ('severity' in opened) return describeDamage(opened, path);
  try {
    const { errors, problems, ...rest } = await verify(opened, { signal, progress });
    const layers = await describeLayers(opened, signal);
    return { intact: errors === 0, path, format: opened.format, layers, problems: [...problems], ...rest };
  } catch (error) {
    const problem = describeUnreadable(error);
    if (problem === undefined) throw error;
    return describeDamage(problem, path);
  }
}

function describeDamage(problem: VerifyProblem, path: string): Findings {
  return { intact: false, path, layers: [], problems: [problem], totalProblems: 1, bytesRead: 0 };
}
