import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolInput } from '../../../src/catalog/types.ts';
import { Fault } from '../../../src/errors/fault.ts';
import { findLastCutOff } from '../../../src/proof/campaign/cut-off-runs.ts';
import { type ProofTask, planRun, proveCampaign } from '../../../src/proof/campaign/prove-campaign.ts';
import type { CampaignProof } from '../../../src/proof/campaign/to-row.ts';
import { proofRun } from '../../../src/tools/proof-run.ts';
import { filesBelow } from '../../support/leftovers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-cut-off-'));
  mkdirSync(path.join(folder, 'images'));
  for (let number = 1; number <= 4; number++) writeFileSync(inFolder('images', `disk-${number}.raw`), 'x'.repeat(512));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (...names: string[]) => path.join(folder, ...names);
const listRuns = () => (existsSync(inFolder('runs')) ? readdirSync(inFolder('runs')) : []);

type Answer = (task: ProofTask) => CampaignProof | Promise<CampaignProof>;
type Input = Partial<ToolInput<'proof.run'>>;

function proof(task: ProofTask, state: CampaignProof['verdict']['state'] = 'login'): CampaignProof {
  mkdirSync(task.evidenceFolder, { recursive: true });
  writeFileSync(path.join(task.evidenceFolder, 'proof.json'), '{}');
  const passed = state === 'login';
  const verdict = { state, rule: 'rule', certainty: 'certain', reason: 'So it is.', source: 'screen', passed } as const;
  const { evidenceFolder } = task;
  const id = path.basename(evidenceFolder);
  return { id, passed, unchanged: true, verdict, checks: [], durationSeconds: 1, evidenceFolder };
}

const services = (messages: string[] = [], signal = new AbortController().signal) => ({
  runsFolder: inFolder('runs'),
  evidenceRoot: inFolder('evidence'),
  exclude: [],
  signal,
  progress: ({ message }: { message: string }) => void messages.push(message),
});
const parse = (input: Input) =>
  proofRun.input.parse({ images: [inFolder('images')], parallel: 1, options: { memoryBytes: 2 ** 26 }, ...input });

/** Proves, and tells which images were. */
async function prove(input: Input = {}, answer: Answer = task => proof(task), signal?: AbortSignal) {
  const proved: string[] = [];
  const messages: string[] = [];
  const output = await proveCampaign(parse(input), {
    ...services(messages, signal),
    prove: async task => {
      const result = await answer(task);
      proved.push(path.basename(task.image));
      return result;
    },
  });
  return { output, proved, messages };
}

/** A run that was cut off after so many proofs; gives its id. */
async function cutOff(after: number, input: Input = {}): Promise<string> {
  const controller = new AbortController();
  let done = 0;
  const answer: Answer = task => {
    if (done++ < after) return proof(task);
    controller.abort();
    throw task.signal.reason;
  };
  const fault = await prove(input, answer, controller.signal).then(
    () => undefined,
    (error: Fault) => error,
  );
  return String(fault?.data?.id);
}

describe('a call that is made again after it was cut off', () => {
  it('goes on with its run, and says so', async () => {
    const id = await cutOff(2);
    expect(readdirSync(inFolder('runs', id, 'results'))).toEqual(['1.json', '2.json']);
    const { output, proved, messages } = await prove();
    expect(proved).toEqual(['disk-3.raw', 'disk-4.raw']);
    expect(output).toMatchObject({ id, total: 4, passed: 4 });
    expect(messages).toContain(`run ${id} goes on: 2 of 4 images to prove, 1 at a time`);
    expect(listRuns()).toEqual([id]);
    // That run is over: what comes next is another.
    expect((await prove()).proved).toHaveLength(4);
    expect(listRuns()).toHaveLength(2);
  });

  it('plans to go on with it, too', async () => {
    const id = await cutOff(3);
    const { store, isNew, tasks } = await planRun(parse({}), services());
    expect({ id: store.id, isNew, images: tasks.length }).toEqual({ id, isNew: false, images: 1 });
    expect(listRuns()).toEqual([id]);
  });

  it.each<[string, () => void]>([
    ['an image was written to', () => writeFileSync(inFolder('images', 'disk-1.raw'), 'y'.repeat(512))],
    ['an image was added', () => writeFileSync(inFolder('images', 'new.raw'), 'x')],
    ['an image was removed', () => rmSync(inFolder('images', 'disk-4.raw'))],
  ])('begins anew when %s since', async (_what, change) => {
    await cutOff(2);
    await delay(5);
    change();
    const { output, proved } = await prove();
    expect(proved).toHaveLength(output.total);
    expect(listRuns()).toHaveLength(2);
  });

  it('begins anew with other options, another id, or after a long time', async () => {
    const id = await cutOff(2);
    const options = proofRun.input.shape.options.parse({ memoryBytes: 2 ** 27 });
    expect((await prove({ options })).proved).toHaveLength(4);
    expect((await prove({ flat: true })).proved).toHaveLength(4);
    expect((await prove({ id: 'other' })).proved).toHaveLength(4);
    const old = Date.now() / 1000 - 8 * 24 * 3600;
    for (const name of ['run.json', 'junit.xml']) utimesSync(inFolder('runs', id, name), old, old);
    expect((await prove()).proved).toHaveLength(4);
    expect(await findLastCutOff(inFolder('runs'))).toBe(id);
  });

  it('begins anew while the other one is still being worked on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = prove({}, async task => {
      await promise;
      return proof(task);
    });
    while (listRuns().length === 0) await delay(5);
    await delay(50);
    expect(await findLastCutOff(inFolder('runs'))).toBeUndefined();
    const second = await prove();
    expect(second.proved).toHaveLength(4);
    resolve();
    expect((await first).output.id).not.toBe(second.output.id);
  });
});

describe('the last run that was cut off', () => {
  it('is the one that was worked on last, and none that is over', async () => {
    expect(await findLastCutOff(inFolder('runs'))).toBeUndefined();
    const first = await cutOff(1, { id: 'first' });
    await delay(5);
    await cutOff(1, { id: 'second', flat: true });
    expect(await findLastCutOff(inFolder('runs'))).toBe('second');
    await prove({ id: 'second', images: undefined });
    expect(await findLastCutOff(inFolder('runs'))).toBe(first);
  });
});

describe('what the host is to blame for', () => {
  it('is tried again when the run goes on, and counts once', async () => {
    const attempt = (state: 'host_fault' | 'login') =>
      prove({ id: 'nightly' }, task => proof(task, task.image.endsWith('2.raw') ? state : 'login'));
    expect((await attempt('host_fault')).output).toMatchObject({ passed: 3, errors: 1 });
    const { output, proved } = await attempt('login');
    expect(proved).toEqual(['disk-2.raw']);
    expect(output).toMatchObject({ total: 4, passed: 4, errors: 0 });
  });
});

describe('what a killed process left', () => {
  const note = (run: string, number: number, evidenceFolder: string) =>
    writeFileSync(inFolder('runs', run, 'results', `${number}.started`), JSON.stringify({ evidenceFolder }));
  const age = (run: string) => {
    const old = Date.now() / 1000 - 120;
    for (const place of ['run.json', 'junit.xml', '']) {
      if (existsSync(inFolder('runs', run, place))) utimesSync(inFolder('runs', run, place), old, old);
    }
  };

  it('goes when the run goes on, also that of a second attempt at an image', async () => {
    await prove({ id: 'nightly' }, task => {
      if (task.image.endsWith('2.raw')) throw new Fault('busy', 'Somebody has it open.');
      return proof(task);
    });
    const half = inFolder('evidence', 'nightly-2-disk-2');
    mkdirSync(half);
    writeFileSync(path.join(half, '01-firmware.png'), 'half');
    note('nightly', 2, half);
    await prove({ id: 'nightly' });
    expect(filesBelow(half)).toEqual(['proof.json']);
    expect(readdirSync(inFolder('evidence'))).toHaveLength(4);
  });

  it('of a run that nobody goes on with goes with the next run; what is whole stays', async () => {
    await cutOff(1, { id: 'old' });
    const [half, whole] = [inFolder('evidence', 'old-2-disk-2'), inFolder('evidence', 'old-3-disk-3')];
    for (const place of [half, whole]) mkdirSync(place);
    writeFileSync(path.join(half, '01-firmware.png'), 'half');
    writeFileSync(path.join(whole, 'proof.json'), '{}');
    note('old', 2, half);
    note('old', 3, whole);
    mkdirSync(inFolder('runs', 'run-unbegun', 'results'), { recursive: true });
    mkdirSync(inFolder('runs', 'somebodys'));
    writeFileSync(inFolder('runs', 'somebodys', 'notes.txt'), 'mine');
    age('old');
    age('run-unbegun');
    await prove({ id: 'new' });
    expect(existsSync(half)).toBe(false);
    expect(filesBelow(whole)).toEqual(['proof.json']);
    expect(listRuns().sort()).toEqual(['new', 'old', 'somebodys']);
    expect(readdirSync(inFolder('runs', 'old')).sort()).toEqual(['junit.xml', 'results', 'run.json', 'summary.md']);
    // To go on is still possible, and the evidence without a row is made anew.
    expect((await prove({ id: 'old' })).proved).toEqual(['disk-2.raw', 'disk-3.raw', 'disk-4.raw']);
    expect(filesBelow(whole)).toEqual(['proof.json']);
  });
});
