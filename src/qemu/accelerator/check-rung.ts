import type { Engine } from '../engine.ts';
import { completeRung, listRungsOf, type Rung } from './accelerator-ladder.ts';
import { climbLadder } from './climb-ladder.ts';
import type { DetailedTrial } from './try-rung.ts';

/** Tries one rung now, whatever is remembered of it; nothing is remembered of this trial. Takes 2 s at the most. */
export async function checkRung(
  engine: Engine,
  rung: Rung,
  { cacheFolder, signal }: { readonly cacheFolder: string; readonly signal: AbortSignal },
): Promise<DetailedTrial | undefined> {
  const [yardstick] = rung.accelerator === 'tcg' ? [] : listRungsOf('tcg', engine.version);
  const options = { known: new Map(), folder: cacheFolder, yardstick, signal };
  const [trial] = await climbLadder(engine, [completeRung(rung, engine.version)], options);
  return trial;
}
