import { createRunFolder } from '../host/run-folder.ts';
import type { ProofPhase } from '../model/proof.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Guest } from '../qemu/guest.ts';
import { startGuest } from '../qemu/start-guest.ts';
import type { BootOptions, BootServices } from './boot-options.ts';
import { nameRunFolder } from './name-run-folder.ts';
import { inspectForBoot, type PlannedBoot, planBoot } from './plan-boot.ts';
import { defaultLimitSeconds } from './prove-image.ts';
import { deafLimits } from './run-attempt.ts';
import { watchGuest } from './watch-guest.ts';

export interface BootedImage {
  readonly guest: Guest;
  readonly verdict: Verdict | undefined;
  readonly warnings: readonly string[];
  /** Removes the folder with the overlay; to be called once the guest has ended. */
  readonly removeFiles: () => Promise<void>;
}

/**
 * Boots an image under a throw-away overlay and leaves it running, at once or when its boot has been judged. After a Fault
 * (`cancelled` among them) the machine and its files are gone.
 */
export async function bootImage(
  options: BootOptions & { readonly until: 'started' | 'verdict' },
  services: BootServices,
): Promise<BootedImage> {
  const report = (fraction: number, message: string) => services.progress({ fraction, message });
  report(0.05, 'inspecting the image');
  const inspection = await inspectForBoot(options, services.signal);
  report(0.1, 'choosing engine, firmware and accelerator');
  const planned = await planBoot(inspection, options, services);
  report(0.2, 'starting the machine');
  const folder = await createRunFolder(services.runRoot, nameRunFolder(inspection.path));
  let guest: Guest | undefined;
  try {
    const { signal } = services;
    guest = await startGuest(planned.engine, planned.plan, { folder: folder.path, uefi: planned.uefi, signal });
    const watched = options.until === 'verdict' ? await watch(guest, planned, options, services) : undefined;
    return { guest, verdict: watched?.verdict, warnings: planned.warnings, removeFiles: () => folder.remove() };
  } catch (error) {
    await guest?.stop(deafLimits);
    await folder.remove();
    throw error;
  }
}

const shares: Partial<Record<ProofPhase, number>> = { boot_loader: 0.4, kernel: 0.5, user_space: 0.7, verdict: 0.95 };

function watch(guest: Guest, { unbootable }: PlannedBoot, options: BootOptions, services: BootServices) {
  return watchGuest(guest, {
    limitSeconds: options.limitSeconds ?? defaultLimitSeconds,
    signal: services.signal,
    unbootable,
    progress: update => services.progress({ fraction: shares[update.phase], message: update.message }),
  });
}
