import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../../errors/fault.ts';
import type { CampaignRequest } from './campaign-request.ts';
import type { ListedImage } from './find/image-listing.ts';
import { type KeptRun, RunStore } from './run-store.ts';

/** Whoever calls again after so long wants to know how the images are now. */
const recentMs = 7 * 24 * 3_600_000;
/** A folder of this age is not being made at this moment. */
const settledMs = 60_000;

/** The run over the very same images, unchanged since, that was cut off and nobody works on; undefined when there is none. */
export async function findSameCutOff(
  runsFolder: string,
  request: CampaignRequest,
  images: readonly ListedImage[],
): Promise<string | undefined> {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const wanted = plain([request, images]);
  for (const { id, at } of await listRuns(runsFolder)) {
    if (Date.now() - at > recentMs) return undefined;
    const run = await readCutOff(new RunStore(runsFolder, id));
    if (run !== undefined && isDeepStrictEqual(plain([run.request, run.images]), wanted)) return id;
  }
  return undefined;
}

/** The last run that was cut off, whatever it is over. */
export async function findLastCutOff(runsFolder: string): Promise<string | undefined> {
  for (const { id } of await listRuns(runsFolder)) {
    if ((await readCutOff(new RunStore(runsFolder, id))) !== undefined) return id;
  }
  return undefined;
}

/**
 * Removes what killed processes left in runs that nobody may ever go on with: half of the evidence of what they were at, and
 * folders of runs that had not begun. What it takes to go on stays.
 */
export async function sweepCutOff(runsFolder: string, signal: AbortSignal): Promise<void> {
  for (const { id, at } of await listRuns(runsFolder)) {
    const store = new RunStore(runsFolder, id);
    if (Date.now() - at < settledMs || !(await store.hasLeftovers())) continue;
    const isUnbegun = await store
      .hold(signal, async () => {
        await store.sweep(await store.rows(), true);
        return (await store.read()) === undefined;
      })
      // One that another process works on, or that can not be read, is left alone.
      .catch(() => false);
    if (isUnbegun) await store.removeUnbegun();
  }
}

/** A run with images whose turn has not come, and nobody at work on it. */
async function readCutOff(store: RunStore): Promise<KeptRun | undefined> {
  try {
    await store.requireFree();
    const run = await store.read();
    if (run === undefined) return undefined;
    const rows = await store.rows();
    return run.images.some(({ fault }, index) => fault === undefined && !rows.has(index + 1)) ? run : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** The last one worked on first. */
async function listRuns(runsFolder: string): Promise<{ readonly id: string; readonly at: number }[]> {
  const names = await readdir(runsFolder).catch(() => []);
  const runs = await Promise.all(names.map(async id => ({ id, at: await findLastWork(path.join(runsFolder, id)) })));
  return runs.filter(({ at }) => at > 0).sort((one, other) => other.at - one.at);
}

/** Reports are written when work begins and after each image; what is only cleared up leaves them alone. */
async function findLastWork(folder: string): Promise<number> {
  const time = async (place: string) => (await stat(place).catch(() => undefined))?.mtimeMs ?? 0;
  const [begun, report] = await Promise.all(['run.json', 'junit.xml'].map(name => time(path.join(folder, name))));
  return Math.max(begun ?? 0, report ?? 0) || time(folder);
}
