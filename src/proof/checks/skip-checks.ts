import type { CheckResult, ProofChecks } from '../../model/check.ts';
import { type CheckContext, checkLimits } from './check-context.ts';
import { checkVolumes } from './check-volumes.ts';
import { ImageView } from './guest/image-view.ts';
import { nameCheck } from './name-check.ts';

/** A result for each check that was not made, with the reason; `volumes` are looked at all the same, since they need no guest. */
export async function skipChecks(checks: ProofChecks, reason: string, context: CheckContext): Promise<CheckResult[]> {
  const names = [
    ...(checks.agent === true ? ['guest agent'] : []),
    ...[...new Set(checks.ports)].map(port => `port ${port}`),
    ...(checks.files ?? []).map(({ path }) => nameCheck('file', path, checks)),
    ...(checks.commands ?? []).map(({ command }) => nameCheck('command', command, checks)),
  ];
  const skipped = names.map(check => ({ check, passed: false, detail: `Not checked: ${reason}`, seconds: 0 }));
  if (checks.volumes !== true) return skipped;
  const view = new ImageView(context.image);
  try {
    return [...skipped, ...(await checkVolumes(view, undefined, { ...checkLimits, ...context.limits }, context))];
  } finally {
    await view.close();
  }
}
