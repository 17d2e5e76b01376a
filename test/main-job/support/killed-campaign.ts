import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Answer } from '../../rpc/support/test-bridge.ts';
import { filesBelow } from '../../support/leftovers.ts';
import { type MachineHome, smallest, waitForNothing } from '../../support/machine-server.ts';

export interface KilledCampaign {
  readonly images: number;
  readonly kills: number;
  /** The most verdicts that a server comes to before it is killed; how many each comes to is left to chance. */
  readonly mostVerdicts: number;
}

export interface CampaignFigures {
  readonly output: Answer;
  /** How many verdicts there were after each kill. */
  readonly verdicts: readonly number[];
  readonly seconds: number;
}

/** Small disks without a system: the firmware says so within seconds. */
export function makeSmallDisks(place: MachineHome, count: number): string {
  const folder = path.join(place.folder, 'backups');
  mkdirSync(folder);
  for (let number = 1; number <= count; number++) {
    writeFileSync(path.join(folder, `disk-${number}.img`), Buffer.alloc(2 ** 20, 0));
  }
  return folder;
}

/**
 * Proves disks two at a time, by servers that are killed again and again, each at a random moment of its work; the next one goes
 * on. Checks that no image is proved twice once it has a verdict, and that nothing is left.
 */
export async function proveWhileKilled(place: MachineHome, campaign: KilledCampaign): Promise<CampaignFigures> {
  const folder = makeSmallDisks(place, campaign.images);
  const options = { memoryBytes: smallest.memoryBytes, cpus: 1 };
  const input = { id: 'killed', images: [folder], parallel: 2, options, wait: 3600 };
  const run = path.join(place.home, 'state', 'runs', 'killed');
  const begun = performance.now();
  const verdicts: number[] = [];
  let before = new Map<string, string>();
  for (let kill = 0; kill < campaign.kills; kill++) {
    const server = await place.start();
    const outcome = server.call('proof.run', input).then(
      () => 'finished',
      (error: Error) => error.message,
    );
    // However slow the host is, the kills are spread over the whole run, and none comes after its end.
    const wanted = Math.min(before.size + randomInt(campaign.mostVerdicts + 1), campaign.images - 4);
    const moment = randomInt(1500);
    await Promise.race([outcome, waitForVerdicts(run, wanted).then(() => wait(moment))]);
    await server.kill();
    const when = `${moment} ms after ${wanted} verdicts`;
    expect(await outcome, when).toMatch(/ended during|disposed|closed/);
    expect(await waitForNothing(place), when).toEqual([]);
    before = keepVerdicts(run, before);
    verdicts.push(before.size);
  }
  const last = await place.start();
  const output = await last.call('proof.run', input);
  await last.stop();
  keepVerdicts(run, before);
  checkNothingElse(place, run, campaign.images);
  return { output, verdicts, seconds: (performance.now() - begun) / 1000 };
}

function listVerdicts(run: string): string[] {
  const folder = path.join(run, 'results');
  return existsSync(folder) ? readdirSync(folder).filter(name => /^\d+\.json$/.test(name)) : [];
}

async function waitForVerdicts(run: string, count: number): Promise<void> {
  const end = performance.now() + 300_000;
  while (listVerdicts(run).length < count && performance.now() < end) await wait(20);
}

/** The verdicts that are there; those that were there before are the same, to the letter. */
function keepVerdicts(run: string, before: ReadonlyMap<string, string>): Map<string, string> {
  const read = (name: string) => readFileSync(path.join(run, 'results', name), 'utf8');
  const now = new Map(listVerdicts(run).map(name => [name, read(name)]));
  for (const [name, text] of before) expect(now.get(name), name).toBe(text);
  return now;
}

function checkNothingElse(place: MachineHome, run: string, images: number): void {
  const numbers = Array.from({ length: images }, (_, index) => index + 1);
  expect(filesBelow(run).sort()).toEqual(
    ['junit.xml', 'run.json', 'summary.md', ...numbers.map(number => path.join('results', `${number}.json`))].sort(),
  );
  // A folder of evidence for each image, and each is whole.
  const evidence = path.join(place.home, 'state', 'evidence');
  expect(readdirSync(evidence).sort()).toEqual(numbers.map(number => `killed-${number}-disk-${number}`).sort());
  for (const name of readdirSync(evidence))
    expect(existsSync(path.join(evidence, name, 'proof.json')), name).toBe(true);
}
