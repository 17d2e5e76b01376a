import type { CheckResult, ProofChecks } from '../../model/check.ts';
import type { Guest } from '../../qemu/guest.ts';
import { checkAgent } from './check-agent.ts';
import { checkCommands } from './check-commands.ts';
import { type CheckContext, type CheckLimits, checkLimits } from './check-context.ts';
import { checkFiles } from './check-files.ts';
import { checkPorts } from './check-ports.ts';
import { checkVolumes } from './check-volumes.ts';
import { conductCheck } from './conduct-check.ts';
import { GuestWays } from './guest/guest-ways.ts';
import { ImageView } from './guest/image-view.ts';

/** What checking needs of a guest. */
export type CheckedGuest = Pick<Guest, 'exited' | 'folder' | 'qmp' | 'screendump' | 'vgaText'>;

/**
 * Makes the checks of a guest whose boot has passed and which still runs. What the guest does, or fails to do, is a result;
 * only `cancelled` is thrown. Afterwards it is logged out, and no port is forwarded any more.
 */
export async function runChecks(
  guest: CheckedGuest,
  checks: ProofChecks,
  context: CheckContext,
): Promise<CheckResult[]> {
  const limits: CheckLimits = { ...checkLimits, ...context.limits };
  const { user, password } = checks;
  const credentials = user === undefined ? undefined : { user, password };
  const view = new ImageView(context.image);
  const ways = new GuestWays({ guest, view, limits, credentials, family: context.family });
  const { line } = ways;
  const { serviceSeconds } = limits;
  const end = new AbortController();
  void guest.exited.then(() => end.abort());
  const run = { ...context, gone: end.signal };
  const results: CheckResult[] = [];
  try {
    if (checks.agent === true) {
      // Beside the service's time some for the question that follows.
      const ask = (signal: AbortSignal) => checkAgent(line, serviceSeconds, signal);
      results.push(await conductCheck('guest agent', serviceSeconds + 30, run, ask));
    }
    if (checks.ports?.length) results.push(...(await checkPorts(checks.ports, { guest, line, limits }, run)));
    results.push(...(await checkFiles(checks, ways, run)));
    results.push(...(await checkCommands(checks, ways, run)));
    // The image is there also when the machine has ended.
    if (checks.volumes === true) results.push(...(await checkVolumes(view, line, limits, context)));
    return results;
  } finally {
    await ways.close();
  }
}
