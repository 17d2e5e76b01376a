import { z } from 'zod';
import { proofResult } from '../../model/proof.ts';

/** The format of proof.json; another number when something that was there is gone or means something else. */
export const proofFormat = 'vmbridge-proof/2';

const run = z.looseObject({
  arguments: z.array(z.string()),
  events: z.array(z.unknown()).optional(),
});

/** The contents of proof.json: the result, and all that somebody would need to repeat it. */
export const proofRecord = proofResult.loose().extend({
  format: z.literal(proofFormat),
  vmbridge: z.string(),
  /** Names the rules that judged. */
  rules: z.string().optional(),
  engine: z.looseObject({ system: z.string(), version: z.string() }).optional(),
  host: z
    .looseObject({
      platform: z.string(),
      release: z.string(),
      architecture: z.string(),
      memoryBytes: z.number(),
    })
    .optional(),
  runs: z.array(run),
});
export type ProofRecord = z.infer<typeof proofRecord>;

/** What the signature says of a proof, for whoever reads nothing but the envelope. */
export function summarizeRecord(record: ProofRecord): Record<string, unknown> {
  const { id, verdict, passed, image, parents, unchanged, checks, rules, vmbridge, qemuVersion, host } = record;
  return {
    id,
    verdict: verdict.state,
    rule: verdict.rule,
    certainty: verdict.certainty,
    reason: verdict.reason,
    passed,
    image: image.after,
    parents: parents.map(({ after }) => after),
    unchanged,
    checks: checks.map(({ check, passed: checkPassed }) => ({ check, passed: checkPassed })),
    ...(rules === undefined ? {} : { rules }),
    vmbridge,
    qemuVersion,
    ...(host === undefined ? {} : { host }),
    startedAt: record.startedAt,
    endedAt: record.endedAt,
  };
}
