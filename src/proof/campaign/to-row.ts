import type { FaultReport } from '../../model/fault-report.ts';
import type { ProofResult } from '../../model/proof.ts';
import type { CampaignRow } from './campaign-row.ts';

/** What a campaign needs to know of a proof. */
export type CampaignProof = Pick<
  ProofResult,
  'id' | 'passed' | 'unchanged' | 'verdict' | 'checks' | 'durationSeconds' | 'evidenceFolder'
>;

/** Faults that say nothing against the image. */
const ofHost: ReadonlySet<FaultReport['code']> = new Set([
  'unavailable',
  'denied',
  'approval_required',
  'timeout',
  'cancelled',
  'busy',
  'host_fault',
  'failed',
]);

export function toProofRow(image: string, proof: CampaignProof): CampaignRow {
  const { id, passed, verdict, durationSeconds, evidenceFolder } = proof;
  return {
    image,
    passed,
    ...(passed ? {} : { blame: verdict.state === 'host_fault' ? 'host' : 'image' }),
    proof: id,
    state: verdict.state,
    rule: verdict.rule,
    reason: explain(proof),
    seconds: durationSeconds,
    evidenceFolder,
  };
}

export function toFaultRow(image: string, fault: FaultReport): CampaignRow {
  return { image, passed: false, blame: ofHost.has(fault.code) ? 'host' : 'image', reason: fault.message, fault };
}

/** What an administrator may have overlooked: such disks are among all backups of a machine. */
const dataDisk = 'If it is a data disk, leave it out: an entry of "images" such as "!NAME" does.';

/** The verdict, and what kept an image from passing although its verdict is a good one. */
function explain({ verdict, unchanged, checks, passed }: CampaignProof): string {
  const failed = checks.filter(check => !check.passed).map(({ check, detail }) => `${check}: ${detail}`);
  const changed = unchanged ? [] : ['The image was changed by another program meanwhile.'];
  const advice = verdict.state === 'no_boot_device' ? [dataDisk] : [];
  return [verdict.reason, ...(passed ? [] : [...failed, ...changed, ...advice])].join(' ');
}
