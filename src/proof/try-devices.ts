import { type DeviceSet, describeDevices } from './device-sets.ts';
import { findAwaitedBus, looksLikeDriverFault, looksLikeFirmwareFault } from './driver-fault.ts';
import { chooseSectorSize, type PlannedBoot } from './plan-boot.ts';
import { type FailedPlan, planNextRung, rememberFailures } from './plan-next-rung.ts';
import { starvedHostId } from './rules/starved-host.ts';
import { type Attempt, type AttemptContext, runAttempt } from './run-attempt.ts';

/** All that one proof tried. */
export interface Tries {
  readonly attempts: readonly [Attempt, ...Attempt[]];
  /** The one whose verdict is that of the proof. */
  readonly decisive: Attempt;
}

type Context = Omit<AttemptContext, 'planned'>;

/** How often a boot is tried again that the host was too busy for. */
const repeats = 2;

/**
 * Boots the plan, and again with other devices while the guest fails as it does when it has no driver for its disk, or with the other
 * firmware when it found nothing to boot with this one. The first attempt that passes decides, else the first of all: what
 * was planned for it is most like the machine that it came from.
 */
export async function tryDevices(planned: PlannedBoot, context: Context): Promise<Tries> {
  const attempts = await tryRungs(planned, context);
  let last = attempts.at(-1) ?? attempts[0];
  const first = last;
  let [, ...left] = planned.sets;
  for (;;) {
    left = listSensible(last, left, planned);
    const [next, ...others] = left;
    if (next === undefined) break;
    const isSwap = next.firmware !== last.planned.plan.firmware;
    const why = isSwap ? 'nothing that could be started, it seems' : 'no driver for this disk, it seems';
    context.report('preparing', `${why}; trying again with ${describeDevices(next)}`);
    const more = await tryRungs(change(last.planned, next), context);
    attempts.push(...more);
    last = more.at(-1) ?? more[0];
    left = others;
  }
  return { attempts, decisive: attempts.find(({ watched }) => watched.verdict.passed) ?? first };
}

/** What is worth trying after an attempt, of what is left; first the bus whose disk the guest asked for by name. */
function listSensible(
  { watched, planned: { plan } }: Attempt,
  left: readonly DeviceSet[],
  { otherUefi }: PlannedBoot,
): DeviceSet[] {
  const { verdict } = watched;
  if (verdict.passed) return [];
  const possible = left.filter(({ firmware }) => firmware === 'bios' || otherUefi !== undefined);
  // A device that this QEMU has not ends the boot of that set alone.
  const isOfDevices =
    looksLikeDriverFault(verdict) || (verdict.state === 'host_fault' && left.length > 0 && plan.bus !== 'ahci');
  if (isOfDevices) {
    const named = findAwaitedBus(watched.screenText);
    const rank = ({ bus }: DeviceSet): number => (bus === named ? 0 : 1);
    return possible.filter(({ firmware }) => firmware === plan.firmware).sort((a, b) => rank(a) - rank(b));
  }
  return looksLikeFirmwareFault(verdict) ? possible.filter(({ firmware }) => firmware !== plan.firmware) : [];
}

function change(planned: PlannedBoot, devices: DeviceSet): PlannedBoot {
  const { inspection, plan, otherUefi } = planned;
  const sectorSize = chooseSectorSize(inspection, devices);
  const uefi = devices.firmware === 'uefi' ? otherUefi : undefined;
  return { ...planned, uefi, plan: { ...plan, ...devices, sectorSize } };
}

/** A host that fails under an accelerator says nothing of the image: then the next rung of the ladder is tried. */
async function tryRungs(first: PlannedBoot, context: Context): Promise<[Attempt, ...Attempt[]]> {
  const { services, report } = context;
  const failures: FailedPlan[] = [];
  let planned = first;
  const attempts: [Attempt, ...Attempt[]] = [await runAttempt({ ...context, planned })];
  let attempt = await repeatStarved(attempts, { ...context, planned });
  while (attempt.failure !== undefined) {
    failures.push({ plan: planned.plan, failure: attempt.failure });
    const next = await planNextRung(planned, failures, services);
    if (next === undefined) break;
    report('preparing', `the accelerator ${planned.plan.accelerator} failed; trying again with ${describeRung(next)}`);
    services.log?.warn(`The accelerator ${planned.plan.accelerator} failed; ${describeRung(next)} is tried.`);
    planned = next;
    attempts.push(await runAttempt({ ...context, planned }));
    attempt = await repeatStarved(attempts, { ...context, planned });
  }
  await rememberFailures(planned, failures, services, attempt.watched.verdict.state !== 'host_fault');
  return attempts;
}

/** Tries a boot again that the host was too busy for; gives the last attempt. */
async function repeatStarved(attempts: [Attempt, ...Attempt[]], context: AttemptContext): Promise<Attempt> {
  let attempt = attempts.at(-1) ?? attempts[0];
  for (let left = repeats; left > 0 && attempt.watched.verdict.rule === starvedHostId; left--) {
    context.report('preparing', 'the host was too busy for this boot; trying again');
    attempt = await runAttempt(context);
    attempts.push(attempt);
  }
  return attempt;
}

export function describeRung({ plan: { accelerator, cpu } }: PlannedBoot): string {
  return cpu === undefined ? accelerator : `${accelerator} (${cpu})`;
}
