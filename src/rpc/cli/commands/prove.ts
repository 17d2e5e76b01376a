import path from 'node:path';
import type { Fault } from '../../../errors/fault.ts';
import type { ProofResult } from '../../../model/proof.ts';
import { asFault, toExitStatus } from '../../faults.ts';
import { describeComparison, describeProof, proofPassed } from '../output/describe-proof.ts';
import { faultJson, faultText } from '../output/fault-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import { type BootInput, imagePath } from './boot-options.ts';

export interface ProveOptions extends BootInput {
  readonly sha256?: boolean | undefined;
  readonly evidence?: string | undefined;
}

type Outcome = { readonly image: string } & ({ readonly proof: ProofResult } | { readonly fault: Fault });

/** `vmbridge prove <image…>`: exit status 0 only when every image boots and is unchanged. */
export async function proveImages(
  session: Session,
  images: readonly string[],
  { evidence, ...options }: ProveOptions,
): Promise<number> {
  const paths = images.map(imagePath);
  const outcomes: Outcome[] = [];
  for (const [index, image] of paths.entries()) {
    const evidenceFolder = evidenceFolderOf(evidence, image, paths);
    const count = paths.length === 1 ? '' : `[${index + 1}/${paths.length}] `;
    const label = `${count}${path.basename(image)}`;
    const outcome = await proveOne(session, image, { ...options, evidenceFolder }, label);
    outcomes.push(outcome);
    if (session.interruption.signal.aborted) break;
    if (paths.length > 1) tellOutcome(session, outcome);
  }
  return report(session, outcomes);
}

async function proveOne(
  session: Session,
  image: string,
  options: BootInput & { evidenceFolder?: string | undefined; sha256?: boolean | undefined },
  label: string,
): Promise<Outcome> {
  try {
    return { image, proof: await session.callLong('image.prove', { image, ...options }, { label }) };
  } catch (error) {
    return { image, fault: asFault(error, `The proof of ${image}`) };
  }
}

/** With several images, each gets a folder of its own below the one that was named. */
function evidenceFolderOf(evidence: string | undefined, image: string, images: readonly string[]): string | undefined {
  if (evidence === undefined) return undefined;
  const folder = path.resolve(evidence);
  if (images.length === 1) return folder;
  return path.join(folder, `${images.indexOf(image) + 1}-${path.basename(image)}`);
}

async function report(session: Session, outcomes: readonly Outcome[]): Promise<number> {
  const [first, second] = outcomes;
  if (first !== undefined && second === undefined) {
    // A single failure is told like that of any other command.
    if ('fault' in first) throw first.fault;
    if (session.flags.json) session.printJson(first.proof);
    else session.print(describeProof(first.proof));
  } else if (session.flags.json) {
    session.printJson(outcomes.map(outcome => ('proof' in outcome ? outcome.proof : failureJson(outcome))));
  } else {
    session.print(await outcomeTable(outcomes));
  }
  if (session.interruption.exitStatus !== undefined) return session.interruption.exitStatus;
  if (outcomes.every(outcome => 'fault' in outcome && toExitStatus(outcome.fault) === 2)) return 2;
  return outcomes.every(outcome => 'proof' in outcome && proofPassed(outcome.proof)) ? 0 : 1;
}

function failureJson({ image, fault }: { image: string; fault: Fault }) {
  return { image, ...faultJson(fault) };
}

function tellOutcome(session: Session, outcome: Outcome): void {
  if ('fault' in outcome) session.warn(faultText(outcome.fault).trimEnd());
}

function outcomeTable(outcomes: readonly Outcome[]): Promise<string> {
  return renderTable(
    ['IMAGE', 'RESULT', 'VERDICT', 'SECONDS', 'SOURCE', 'EVIDENCE'],
    outcomes.map(outcome => {
      if ('fault' in outcome) return [outcome.image, 'FAILED', outcome.fault.code, '', '', ''];
      const { proof } = outcome;
      return [
        outcome.image,
        proofPassed(proof) ? 'PASSED' : 'FAILED',
        proof.verdict.state,
        proof.durationSeconds.toFixed(1),
        proof.unchanged ? 'unchanged' : describeComparison(proof),
        proof.evidenceFolder,
      ];
    }),
  );
}
