import type { ToolInput, ToolOutput } from '../catalog/types.ts';
import { describeLayers } from '../disk/describe-layers.ts';
import { type OpenOptions, openImage } from '../disk/open-image.ts';
import { describeUnreadable, verifyImage as verify } from '../disk/verify-image.ts';
import type { CallContext } from '../model/call.ts';
import type { FileComparison } from '../model/proof.ts';
import { compareIdentities, identifyFiles } from '../proof/evidence/compare-files.ts';

type Input = ToolInput<'image.verify'>;
type Output = ToolOutput<'image.verify'>;
type Findings = Omit<Output, 'sources' | 'unchanged' | 'milliseconds'>;

/** Checks an image with all its parents, and shows that checking changed nothing. */
export async function verifyImage(input: Input, call: CallContext): Promise<Output> {
  const started = performance.now();
  const { signal } = call;
  const options: OpenOptions = { format: input.format, parents: input.parents, signal };
  const files = await listFiles(input.image, options);
  const share = input.sha256 ? 0.25 : 0;
  const identify = (from: number, message: string) =>
    identifyFiles(files, {
      sha256: input.sha256,
      signal,
      progress: done => call.progress({ fraction: from + done * share, message }),
    });
  const before = await identify(0, 'hashing');
  const findings = await examine(input.image, options, (done, total) => {
    const message = `reading: ${(done / 2 ** 20).toFixed(0)} of ${(total / 2 ** 20).toFixed(0)} MiB`;
    call.progress({ fraction: share + (1 - 2 * share) * (done / total), message });
  });
  const after = await identify(1 - share, 'hashing again');
  const sources = before.flatMap((each, index): FileComparison[] => {
    const now = after[index];
    return now ? [compareIdentities(each, now)] : [];
  });
  const unchanged = sources.every(comparison => comparison.unchanged);
  return { ...findings, sources, unchanged, milliseconds: Math.round(performance.now() - started) };
}

/** The image and its parents; the image alone when it is too damaged to tell. */
async function listFiles(path: string, options: OpenOptions): Promise<string[]> {
  try {
    const image = await openImage(path, options);
    await image.close();
    return [image.path, ...image.parents];
  } catch (error) {
    if (describeUnreadable(error) === undefined) throw error;
    return [path];
  }
}

async function examine(
  path: string,
  options: OpenOptions,
  progress: (done: number, total: number) => void,
): Promise<Findings> {
  try {
    const image = await openImage(path, options);
    try {
      const { errors, problems, ...rest } = await verify(image, { signal: options.signal, progress });
      const layers = await describeLayers(image, options.signal);
      return { intact: errors === 0, path, format: image.format, layers, problems: [...problems], ...rest };
    } finally {
      await image.close();
    }
  } catch (error) {
    const problem = describeUnreadable(error);
    if (problem === undefined) throw error;
    return { intact: false, path, layers: [], problems: [problem], totalProblems: 1, bytesRead: 0 };
  }
}
