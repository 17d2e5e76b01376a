import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import { isExclusion } from '../../../proof/campaign/find/exclusions.ts';
import { hasChoices, hasWildcards } from '../../../proof/campaign/find/match-wildcards.ts';
import { describeProof } from '../output/describe-proof.ts';
import type { Session } from '../session.ts';
import type { BootInput } from './boot-options.ts';
import { imageEntry } from './image-entry.ts';

export interface ProveOptions extends BootInput {
  readonly sha256?: boolean | undefined;
  readonly evidence?: string | undefined;
  readonly passOn?: ToolInput<'image.prove'>['passOn'];
  readonly checks?: ToolInput<'image.prove'>['checks'];
}

/** What makes a run of it, even over one image. */
export interface RunOptions {
  readonly parallel?: number | undefined;
  readonly junit?: string | undefined;
  /** The id of the run to go on with; true: the last one. */
  readonly resume?: string | true | undefined;
  /** Go on with no run, whatever was cut off. */
  readonly anew?: boolean | undefined;
  readonly request?: string | undefined;
  /** False leaves subfolders out. */
  readonly recurse?: boolean | undefined;
}

/** `vmbridge prove <image…>`: exit status 0 only when every image boots and is unchanged. */
export async function proveImages(
  session: Session,
  images: readonly string[],
  options: ProveOptions,
  run: RunOptions = {},
): Promise<number> {
  const paths = images.map(imageEntry);
  const [first] = paths;
  if (first !== undefined && paths.length === 1 && !isRun(run) && !(await standsForMany(first))) {
    return proveOne(session, first, options);
  }
  if (first === undefined && run.resume === undefined && run.request === undefined) {
    throw new Fault('invalid', "Missing required argument 'image'.", { remedy: 'See: vmbridge prove --help' });
  }
  return (await import('./campaign-prove.ts')).proveMany(session, paths, options, run);
}

function isRun({ parallel, junit, resume, request, anew }: RunOptions): boolean {
  return [parallel, junit, resume, request, anew].some(value => value !== undefined);
}

/** A folder, or a pattern that the shell left as it is. */
async function standsForMany(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined) return found.isDirectory();
  return hasWildcards(file) || hasChoices(file) || isExclusion(file);
}

async function proveOne(session: Session, image: string, { evidence, ...options }: ProveOptions): Promise<number> {
  const evidenceFolder = evidence === undefined ? undefined : path.resolve(evidence);
  const label = path.basename(image);
  const proof = await session.callLong('image.prove', { image, ...options, evidenceFolder }, { label });
  if (session.flags.json) session.printJson(proof);
  else session.print(describeProof(proof));
  return session.interruption.exitStatus ?? (proof.passed ? 0 : 1);
}
