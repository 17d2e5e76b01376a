import { styleText } from 'node:util';
import type { ProofResult } from '../../../model/proof.ts';
import { renderFacts } from './facts.ts';
import { formatSize } from './format-size.ts';
import { plainText } from './plain-text.ts';

/** A proof counts only when the image boots and is what it was before. */
export function proofPassed(proof: Pick<ProofResult, 'verdict' | 'unchanged'>): boolean {
  return proof.verdict.passed && proof.unchanged;
}

/** A proof for people. */
export function describeProof(proof: ProofResult): string {
  const { verdict, image } = proof;
  const passed = proofPassed(proof);
  const word = styleText(passed ? 'green' : 'red', passed ? 'PASSED' : 'FAILED', { stream: process.stdout });
  const facts = renderFacts(
    [
      ['verdict', `${verdict.state} (${verdict.rule})`],
      ['line', verdict.line],
      ['image', describeComparison(proof)],
      ['sha256', image.after.sha256],
      ['machine', `${proof.firmware}, ${proof.machine}, ${proof.bus}`],
      ['accelerator', `${proof.accelerator}, QEMU ${proof.qemuVersion}`],
      ['memory', memoryOf(proof)],
      ['duration', `${proof.durationSeconds.toFixed(1)} s`],
      ['screenshot', proof.screenshots.at(-1)?.path],
      ['evidence', proof.evidenceFolder],
    ],
    '  ',
  );
  const warnings = proof.warnings.map(warning => `  warning: ${plainText(warning)}`);
  return [`${word} ${plainText(image.before.path)}: ${plainText(verdict.reason)}`, facts, ...warnings].join('\n');
}

/** Whether the image is what it was, in one line. */
export function describeComparison({ unchanged, image, parents }: ProofResult): string {
  const compared = image.after.sha256 === undefined ? 'size and times' : 'size, times and SHA-256';
  if (unchanged) return `unchanged (${compared} compared before and after)`;
  const changed = [image, ...parents].filter(file => !file.unchanged).map(file => file.after.path);
  return `CHANGED while it was proved: ${changed.join(', ')}`;
}

function memoryOf({ attempts }: ProofResult): string | undefined {
  const bytes = attempts.at(-1)?.memoryBytes;
  return bytes === undefined ? undefined : formatSize(bytes);
}
