import { styleText } from 'node:util';
import { explainFailure } from '../../../model/explain-failure.ts';
import type { ProofResult } from '../../../model/proof.ts';
import type { Verdict } from '../../../model/verdict.ts';
import { renderFacts } from './facts.ts';
import { formatSize } from './format-size.ts';
import { plainText } from './plain-text.ts';

/** A proof for people. */
export function describeProof(proof: ProofResult): string {
  const { verdict, image } = proof;
  const { passed } = proof;
  const word = styleText(passed ? 'green' : 'red', passed ? 'PASSED' : 'FAILED', { stream: process.stdout });
  const facts = renderFacts(
    [
      ['verdict', describeVerdict(verdict)],
      ['line', verdict.line],
      ['image', describeComparison(proof)],
      ['sha256', image.after.sha256],
      ['machine', `${proof.firmware}, ${proof.machine}, ${proof.bus}`],
      ['attempts', proof.attempts.length > 1 ? describeAttempts(proof) : undefined],
      ['accelerator', `${proof.accelerator}, QEMU ${proof.qemuVersion}`],
      ['memory', memoryOf(proof)],
      ['duration', `${proof.durationSeconds.toFixed(1)} s`],
      ['screenshot', proof.screenshots.at(-1)?.path],
      ['evidence', proof.evidenceFolder],
      ['signed', proof.signature && `ed25519, key ${proof.signature.keyId.slice(0, 16)}…`],
    ],
    '  ',
  );
  const checks = proof.checks.map(
    ({ check, passed: held, detail }) => `  ${held ? 'holds' : 'FAILS'}: ${plainText(check)}: ${plainText(detail)}`,
  );
  const warnings = proof.warnings.map(warning => `  warning: ${plainText(warning)}`);
  const reasons = [verdict.reason, explainFailure(proof) ?? ''].join(' ').trim();
  return [`${word} ${plainText(image.before.path)}: ${plainText(reasons)}`, facts, ...checks, ...warnings].join('\n');
}

/** Whether the image is what it was, in one line. */
export function describeComparison({ unchanged, image, parents }: ProofResult): string {
  const compared = image.after.sha256 === undefined ? 'size and times' : 'size, times and SHA-256';
  if (unchanged) return `unchanged (${compared} compared before and after)`;
  const changed = [image, ...parents].filter(file => !file.unchanged).map(file => file.after.path);
  return `CHANGED while it was proved: ${changed.join(', ')}`;
}

function describeVerdict({ state, rule, certainty, stopCode, failedModule, restarts }: Verdict): string {
  const further = [
    rule,
    ...(certainty === 'certain' ? [] : [certainty]),
    ...(stopCode === undefined ? [] : [stopCode]),
    ...(failedModule === undefined ? [] : [failedModule]),
    ...(restarts === undefined ? [] : [`restarted ${restarts} times`]),
  ];
  return `${state} (${further.map(plainText).join(', ')})`;
}

function describeAttempts({ attempts }: ProofResult): string {
  return attempts
    .map(({ firmware, machine, bus, accelerator, verdict }) => {
      const ended = verdict === undefined ? 'not started' : verdict.state;
      return `${firmware}, ${machine}, ${bus}, ${accelerator}: ${ended}`;
    })
    .join('; ');
}

function memoryOf({ attempts }: ProofResult): string | undefined {
  const bytes = attempts.at(-1)?.memoryBytes;
  return bytes === undefined ? undefined : formatSize(bytes);
}
