import { type BootedImage, bootAgain } from '../../proof/boot-image.ts';
import type { LateFailure } from '../../proof/late-failure.ts';
import { deafLimits } from '../../proof/run-attempt.ts';
import { watchAccelerator } from '../../proof/watch-accelerator.ts';
import type { Guest } from '../../qemu/guest.ts';
import { nameOf } from './present-machine.ts';
import type { QemuSession } from './session.ts';

/**
 * Keeps a machine that was booted from an image until it ends. When its accelerator fails in the first minutes it is
 * started again with the next one, under the same name and from the beginning: its disk was a throw-away one.
 */
export function keepBooted(session: QemuSession, booted: BootedImage): void {
  const { guest, planned, removeFiles } = booted;
  const services = { cacheFolder: session.environment.paths.cache, signal: session.closing };
  const watching = watchAccelerator(guest, { planned, services });
  session.keep(guest, async () => {
    const failure = await watching;
    if (failure === undefined || !(await replace(session, booted, failure))) await removeFiles();
  });
  endWithGuest(session, guest);
  void watching.then(failure => failure && guest.stop(deafLimits)).catch(() => {});
}

/** Whether another machine has taken the place of the failed one. */
async function replace(session: QemuSession, booted: BootedImage, failure: LateFailure): Promise<boolean> {
  const { log, paths } = session.environment;
  const { accelerator } = booted.planned.plan;
  const machine = nameOf(booted.guest);
  const facts = { machine, accelerator, reason: failure.reason };
  try {
    const next = await bootAgain(booted, failure, { cacheFolder: paths.cache, signal: session.closing });
    if (next === undefined) {
      log.error('The accelerator of a machine failed, and no other is left.', facts);
      return false;
    }
    const used = { ...facts, next: next.planned.plan.accelerator, cpu: next.planned.plan.cpu };
    log.warn('The accelerator of a machine failed; it was started again with the next one.', used);
    if (session.closing.aborted) {
      await next.guest.stop(deafLimits);
      return false;
    }
    // It runs under this name again: how the one before ended is told by the log.
    session.forgetBroken(machine);
    keepBooted(session, next);
    return true;
  } catch (error) {
    log.error('A machine whose accelerator failed could not be started again.', { ...facts, error: String(error) });
    return false;
  }
}

/** A guest that shuts itself down leaves QEMU standing with its last screen; nobody is there to look at it. */
function endWithGuest(session: QemuSession, guest: Guest): void {
  const end = () => {
    if (!session.isShutdownHeld(guest.folder)) void guest.stop({ acpiMs: 0 }).catch(() => {});
  };
  guest.qmp.on('SHUTDOWN', end);
  // It may have done so while its boot was watched.
  if ((guest.eventCounts.SHUTDOWN ?? 0) > 0) end();
}
