import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ToolOutput } from '../../../catalog/types.ts';
import { plainText } from '../output/plain-text.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';

export interface ProofFilters {
  readonly state?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

type ProofList = ToolOutput<'proof.list'>;

/** `vmbridge proofs [image]`: how proofs went, and the trend of each image. */
export async function listProofs(session: Session, image: string | undefined, filters: ProofFilters): Promise<number> {
  const output = await session.call('proof.list', { ...filters, image: image && nameImage(image) });
  if (session.flags.json) {
    session.printJson(output);
    return 0;
  }
  if (output.proofs.length === 0) session.warn('No proofs.');
  else session.print(`${await proofTable(output)}\n\n${await trendTable(output)}`);
  if (output.total > output.proofs.length)
    session.warn(`${output.proofs.length} of ${output.total} proofs; see --limit and --offset.`);
  for (const id of output.damaged) session.warn(`vmbridge: the proof ${plainText(id)} is damaged.`);
  return 0;
}

/** A file that is here is meant as that file; anything else is the path or the name of one that was proved once. */
function nameImage(word: string): string {
  return word !== path.basename(word) || existsSync(word) ? path.resolve(word) : word;
}

function proofTable({ proofs }: ProofList): Promise<string> {
  return renderTable(
    ['STARTED (UTC)', 'IMAGE', 'RESULT', 'VERDICT', 'SECONDS', 'SIGNED', 'ID'],
    proofs.map(({ startedAt, image, passed, verdict, durationSeconds, keyId, id }) => [
      showTime(startedAt),
      path.basename(image),
      passed ? 'PASSED' : 'FAILED',
      verdict,
      durationSeconds.toFixed(1),
      keyId === undefined ? 'no' : keyId.slice(0, 8),
      id,
    ]),
  );
}

async function trendTable({ trends }: ProofList): Promise<string> {
  return renderTable(
    ['IMAGE', 'PASSED', 'SINCE (UTC)', 'MEDIAN', 'LAST VERDICTS'],
    trends.map(({ image, proofs, passed, failingSince, lastPassed, medianSeconds, recent }) => [
      image,
      `${passed} of ${proofs}`,
      failingSince === undefined
        ? `passed ${lastPassed === undefined ? 'never' : showTime(lastPassed)}`
        : `fails since ${showTime(failingSince)}`,
      `${medianSeconds.toFixed(1)} s`,
      recent.join(' < '),
    ]),
  );
}

function showTime(timestamp: string): string {
  return timestamp.slice(0, 16).replace('T', ' ');
}
