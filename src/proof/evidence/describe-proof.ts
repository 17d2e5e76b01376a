import { arch, platform, release, totalmem } from 'node:os';
import type { ProofResult } from '../../model/proof.ts';
import type { PlannedBoot } from '../plan-boot.ts';
import { textRules } from '../rules/all-rules.ts';
import { machineRules } from '../rules/machine.ts';
import { allPictureRules } from '../rules/picture/all-picture-rules.ts';
import type { Attempt } from '../run-attempt.ts';
import { hashRules } from './hash-rules.ts';
import { proofFormat } from './proof-record.ts';

export interface ProofCircumstances {
  readonly planned: PlannedBoot;
  readonly attempts: readonly Attempt[];
  readonly version: string;
}

/** The contents of proof.json: the result, and all that somebody would need to repeat it. */
export function describeProof(result: ProofResult, circumstances: ProofCircumstances): Record<string, unknown> {
  const { planned, attempts, version } = circumstances;
  return {
    format: proofFormat,
    vmbridge: version,
    ...result,
    rules: hashRules(textRules, machineRules, allPictureRules),
    inspection: planned.inspection,
    engine: { system: planned.engine.system, version: planned.engine.version.text, firmware: planned.uefi ?? null },
    host: { platform: platform(), release: release(), architecture: arch(), memoryBytes: totalmem() },
    runs: attempts.map(attempt => ({
      ...attempt.summary,
      arguments: attempt.arguments,
      events: attempt.events,
      timeline: attempt.watched.timeline,
    })),
  };
}
