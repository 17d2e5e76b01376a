import type { Engine } from '../engine.ts';
import { completeRung, type Rung } from './accelerator-ladder.ts';
import { failedLater, TrialCache } from './trial-cache.ts';

/**
 * Notes that a rung which had passed its trial failed in a boot, so that no other boot meets it again until the host
 * starts anew. Never fails: what cannot be remembered is found out once more.
 */
export async function rememberLateFailure(
  engine: Engine,
  cacheFolder: string,
  rung: Rung,
  reason: string,
): Promise<void> {
  const failure = {
    usable: false,
    reason,
    cause: failedLater,
    remedy: 'To try it again: vmbridge doctor --retry.',
    stderr: '',
    milliseconds: 0,
    at: Date.now(),
  };
  try {
    const cache = await TrialCache.open(cacheFolder, engine);
    await cache.add([{ ...completeRung(rung, engine.version), ...failure }]);
  } catch {
    // The cache only saves time, and the boot that has failed goes on elsewhere.
  }
}
