import path from 'node:path';
import { type PlanStep, runFolderName } from '../model/plan.ts';
import { requireChecks } from './checks/require-checks.ts';
import { describeDevices } from './device-sets.ts';
import { planEvidence } from './evidence/open-evidence.ts';
import { inspectForBoot, planBoot } from './plan-boot.ts';
import { planStart } from './plan-start.ts';
import { addNetwork, type ProofOptions, type ProofServices } from './prove-image.ts';
import { envelopeFile, proofFile } from './signing/bundle-statement.ts';
import { planSigningKey } from './signing/keep-signing-key.ts';

/** What `proveImage` would do. Throws where it would before its first attempt. */
export async function planProof(options: ProofOptions, services: ProofServices): Promise<PlanStep[]> {
  const { signal, stateFolder, evidenceRoot } = services;
  const needs = options.checks && requireChecks(options.checks);
  const inspection = await inspectForBoot(options, signal);
  const planned = addNetwork(await planBoot(inspection, options, services), needs);
  const evidence = await planEvidence(options.evidenceFolder, evidenceRoot, inspection.path);
  const hashes = options.sha256 ? ', with their SHA-256' : '';
  const files = [inspection.path, ...inspection.parents].join(', ');
  const [, ...otherSets] = planned.sets;
  return [
    { summary: 'Make the folder for the evidence.', file: { action: 'create', path: evidence } },
    { summary: `Note size and times of ${files}${hashes}.` },
    ...(await planStart(planned, signal)),
    { summary: 'Watch the guest until there is a verdict, and keep what its screen and its serial port show.' },
    ...(options.checks === undefined
      ? []
      : [{ summary: 'Make the checks that were asked for.', condition: 'when the verdict has passed' }]),
    { summary: 'Stop the machine.' },
    { summary: 'Remove what it wrote.', file: { action: 'delete', path: runFolderName } },
    ...otherSets.map(set => ({
      summary: `Try again as ${describeDevices(set)}.`,
      condition: 'when the guest seems to find no disk, or nothing to boot, with what was tried before',
    })),
    { summary: `Compare ${files} with what they were.` },
    ...(await planSigningKey({ state: stateFolder })),
    { summary: 'Write the proof.', file: { action: 'create', path: path.join(evidence, proofFile) } },
    { summary: 'Sign all of it.', file: { action: 'create', path: path.join(evidence, envelopeFile) } },
  ];
}
