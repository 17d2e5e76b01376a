import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolInput } from '../../../src/catalog/types.ts';
import { Fault } from '../../../src/errors/fault.ts';
import type { Progress } from '../../../src/model/call.ts';
import { type CampaignServices, type ProofTask, proveCampaign } from '../../../src/proof/campaign/prove-campaign.ts';
import type { CampaignProof } from '../../../src/proof/campaign/to-row.ts';
import { proofRun } from '../../../src/tools/proof-run.ts';
import { filesBelow } from '../../support/leftovers.ts';
import { parseStrictXml } from './support/strict-xml.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vmb-campaign-'));
  mkdirSync(path.join(folder, 'images'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (...names: string[]) => path.join(folder, ...names);

function makeImages(count: number): void {
  for (let number = 1; number <= count; number++)
    writeFileSync(inFolder('images', `disk-${number}.raw`), 'x'.repeat(512));
}

/** What a proof of an image without fault comes to; it leaves its evidence, as proofs do. */
function proof(task: ProofTask, more: Partial<CampaignProof> = {}): CampaignProof {
  mkdirSync(task.evidenceFolder, { recursive: true });
  writeFileSync(path.join(task.evidenceFolder, 'proof.json'), '{}');
  return {
    id: path.basename(task.evidenceFolder),
    passed: true,
    unchanged: true,
    verdict: {
      state: 'login',
      rule: 'text-login-prompt',
      certainty: 'certain',
      reason: 'It asks for a login.',
      source: 'screen',
      passed: true,
    },
    checks: [],
    durationSeconds: 1,
    evidenceFolder: task.evidenceFolder,
    ...more,
  };
}

interface Campaign {
  readonly input?: Partial<ToolInput<'proof.run'>>;
  readonly signal?: AbortSignal;
  readonly progress?: (update: Progress) => void;
  readonly prove?: CampaignServices['prove'];
}

function prove({ input, signal, progress, prove: proveOne }: Campaign = {}) {
  const options = { memoryBytes: 64 * 2 ** 20 };
  const parsed = proofRun.input.parse({ id: 'nightly', images: [inFolder('images')], parallel: 2, options, ...input });
  return proveCampaign(parsed, {
    runsFolder: inFolder('runs'),
    evidenceRoot: inFolder('evidence'),
    exclude: [],
    signal: signal ?? new AbortController().signal,
    progress: progress ?? (() => {}),
    prove: proveOne ?? (async task => proof(task)),
  });
}

const nameOf = (task: ProofTask) => path.basename(task.image);

describe('a run over many images', () => {
  it('goes on after failures and tells whose fault each is', async () => {
    makeImages(5);
    const output = await prove({
      prove: async task => {
        const { verdict } = proof(task);
        if (nameOf(task) === 'disk-1.raw')
          throw new Fault('invalid', 'The image is damaged.', { remedy: 'Restore it.' });
        if (nameOf(task) === 'disk-2.raw') throw new Error('nobody foresaw this');
        if (nameOf(task) === 'disk-3.raw') {
          return proof(task, { passed: false, verdict: { ...verdict, state: 'host_fault', passed: false } });
        }
        if (nameOf(task) === 'disk-4.raw') {
          const checks = [{ check: 'port 22', passed: false, detail: 'Nobody answers.', seconds: 1 }];
          return proof(task, { passed: false, checks });
        }
        return proof(task);
      },
    });
    expect(output).toMatchObject({ id: 'nightly', total: 5, passed: 1, failed: 2, errors: 2 });
    expect(
      output.images.map(({ image, blame, state, fault }) => [path.basename(image), blame, state, fault?.code]),
    ).toEqual([
      ['disk-1.raw', 'image', undefined, 'invalid'],
      ['disk-2.raw', 'host', undefined, 'failed'],
      ['disk-3.raw', 'host', 'host_fault', undefined],
      ['disk-4.raw', 'image', 'login', undefined],
      ['disk-5.raw', undefined, 'login', undefined],
    ]);
    expect(output.images[3]?.reason).toContain('port 22: Nobody answers.');
    expect(proofRun.output.safeParse(output).error).toBeUndefined();
    const suite = parseStrictXml(readFileSync(output.junit, 'utf8')).children[0];
    expect(suite?.attributes).toMatchObject({ tests: '5', failures: '2', errors: '2', skipped: '0' });
    expect(readFileSync(output.summary, 'utf8')).toContain('5 images, 1 passed, 2 failed, 2 errors');
  });

  it('runs so many at a time and no more, and its progress never goes back', async () => {
    makeImages(9);
    let running = 0;
    let most = 0;
    const updates: Progress[] = [];
    await prove({
      input: { parallel: 3 },
      progress: update => updates.push(update),
      prove: async task => {
        most = Math.max(most, ++running);
        for (const fraction of [0.2, 0.7]) {
          task.progress({ fraction, message: 'kernel' });
          await delay(Math.random() * 10);
        }
        running--;
        return proof(task);
      },
    });
    expect(most).toBe(3);
    const fractions = updates.flatMap(({ fraction }) => fraction ?? []);
    expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
    expect(fractions.at(-1)).toBeCloseTo(1);
    expect(updates.map(({ message }) => message)).toContain('[3/9] disk-3.raw: kernel');
  });

  it('keeps its reports as it goes, so that a crash leaves a usable one', async () => {
    makeImages(3);
    const seen: string[] = [];
    await prove({
      input: { parallel: 1 },
      prove: async task => {
        const suite = parseStrictXml(readFileSync(inFolder('runs', 'nightly', 'junit.xml'), 'utf8')).children[0];
        seen.push(suite?.attributes.skipped ?? '');
        return proof(task);
      },
    });
    expect(seen).toEqual(['3', '2', '1']);
  });

  it('leaves nothing in its folder but what it tells of', async () => {
    makeImages(2);
    const output = await prove();
    expect(filesBelow(output.folder).sort()).toEqual(
      ['junit.xml', 'results/1.json', 'results/2.json', 'run.json', 'summary.md'].map(path.normalize),
    );
    expect(readdirSync(inFolder('evidence')).sort()).toEqual(['nightly-1-disk-1', 'nightly-2-disk-2']);
  });

  it('tells a long list in short, those that did not pass first', async () => {
    makeImages(130);
    const output = await prove({
      input: { parallel: 8 },
      prove: async task => proof(task, { passed: nameOf(task) !== 'disk-129.raw' }),
    });
    expect(output.images).toHaveLength(100);
    expect(path.basename(output.images[0]?.image ?? '')).toBe('disk-129.raw');
    expect(output).toMatchObject({ total: 130, passed: 129, failed: 1 });
  });

  it('ends when its own folder can no longer be written, and cancels what runs', async () => {
    makeImages(6);
    let cancelled = 0;
    const running = prove({
      input: { parallel: 2 },
      prove: async task => {
        if (nameOf(task) === 'disk-1.raw') {
          await delay(20);
          rmSync(inFolder('runs', 'nightly', 'results'), { recursive: true });
          writeFileSync(inFolder('runs', 'nightly', 'results'), 'in the way');
          return proof(task);
        }
        await delay(10_000, undefined, { signal: task.signal }).catch(() => cancelled++);
        throw task.signal.reason;
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'host_fault' });
    expect(cancelled).toBe(1);
  });

  it('without an image leaves no folder behind', async () => {
    await expect(prove()).rejects.toMatchObject({ code: 'not_found', data: { field: 'images' } });
    await expect(prove({ input: { images: undefined } })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'id' },
    });
    await expect(prove({ input: { images: undefined, id: undefined } })).rejects.toMatchObject({ code: 'invalid' });
    const options = proofRun.input.shape.options.parse({ checks: { files: [{ path: 'etc/fstab' }] } });
    await expect(prove({ input: { options } })).rejects.toMatchObject({
      data: { field: 'options.checks.files.0.path' },
    });
    expect(filesBelow(inFolder('runs'))).toEqual([]);
    expect(readdirSync(inFolder('runs'))).toEqual([]);
  });
});

it('A run that is cancelled before it has begun leaves nothing to go on with', async () => {
  makeImages(2);
  const running = prove({ signal: AbortSignal.abort() });
  await expect(running).rejects.toSatisfy(fault => !JSON.stringify(fault).includes('--resume'));
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  expect(readdirSync(inFolder('runs'))).toEqual([]);
});

describe('a run that was cut off', () => {
  /** Cancels after so many proofs are done. */
  async function cutOff(after: number): Promise<string[]> {
    const controller = new AbortController();
    const done: string[] = [];
    const running = prove({
      signal: controller.signal,
      input: { parallel: 1 },
      prove: async task => {
        if (done.length === after) {
          controller.abort();
          throw task.signal.reason;
        }
        done.push(nameOf(task));
        return proof(task);
      },
    });
    await expect(running).rejects.toMatchObject({
      code: 'cancelled',
      remedy: expect.stringContaining('vmbridge prove --resume nightly'),
      data: { id: 'nightly', folder: inFolder('runs', 'nightly') },
    });
    return done;
  }

  it('goes on by its id alone: what is done is not done again', async () => {
    makeImages(6);
    const before = await cutOff(2);
    const after: string[] = [];
    const output = await prove({
      input: { images: undefined },
      prove: async task => {
        after.push(nameOf(task));
        return proof(task);
      },
    });
    expect(before).toEqual(['disk-1.raw', 'disk-2.raw']);
    expect(after.sort()).toEqual(['disk-3.raw', 'disk-4.raw', 'disk-5.raw', 'disk-6.raw']);
    expect(output).toMatchObject({ total: 6, passed: 6 });
  });

  it('keeps its list when images have come since', async () => {
    makeImages(3);
    await cutOff(1);
    writeFileSync(inFolder('images', 'new.raw'), 'x');
    expect(await prove()).toMatchObject({ total: 3 });
  });

  it('tries again what ended without a verdict, and nothing that has one', async () => {
    makeImages(2);
    const seen: string[] = [];
    const attempt = async (task: ProofTask) => {
      seen.push(nameOf(task));
      if (nameOf(task) === 'disk-2.raw' && seen.length < 3) throw new Fault('busy', 'Somebody else has it open.');
      return proof(task, { passed: false });
    };
    expect(await prove({ prove: attempt })).toMatchObject({ failed: 1, errors: 1 });
    expect(await prove({ prove: attempt })).toMatchObject({ failed: 2, errors: 0 });
    await prove({ prove: attempt });
    expect(seen.sort()).toEqual(['disk-1.raw', 'disk-2.raw', 'disk-2.raw']);
  });

  it('removes the evidence of a proof that was killed, and nobody else’s', async () => {
    makeImages(2);
    mkdirSync(inFolder('evidence', 'nightly-1-disk-1'), { recursive: true });
    writeFileSync(inFolder('evidence', 'nightly-1-disk-1', 'own.txt'), 'of somebody else');
    await cutOff(0);
    // As a killed process leaves it: a note of what was begun, and half of the evidence.
    const killed = inFolder('evidence', 'nightly-2-disk-2');
    mkdirSync(killed);
    writeFileSync(path.join(killed, '01-firmware.png'), 'half');
    mkdirSync(inFolder('runs', 'nightly', 'results'), { recursive: true });
    writeFileSync(inFolder('runs', 'nightly', 'results', '2.started'), JSON.stringify({ evidenceFolder: killed }));
    writeFileSync(inFolder('runs', 'nightly', 'junit.xml.0123456789ab.draft'), 'half');
    writeFileSync(inFolder('runs', 'nightly', 'results', '1.json'), '{"image":"cut');
    expect(await prove()).toMatchObject({ total: 2, passed: 2 });
    expect(filesBelow(inFolder('evidence')).sort()).toEqual(
      ['nightly-1-disk-1-2/proof.json', 'nightly-1-disk-1/own.txt', 'nightly-2-disk-2/proof.json'].map(path.normalize),
    );
    expect(filesBelow(inFolder('runs', 'nightly')).filter(name => /draft|started|lock/.test(name))).toEqual([]);
  });

  it('is refused to a second one as long as the first works on it', async () => {
    makeImages(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = prove({
      prove: async task => {
        await promise;
        return proof(task);
      },
    });
    while (!existsSync(inFolder('runs', 'nightly', 'run.json'))) await delay(5);
    await expect(prove()).rejects.toMatchObject({ code: 'conflict', data: { field: 'id', processId: process.pid } });
    resolve();
    expect(await first).toMatchObject({ passed: 2 });
  });

  it('is refused over other images, or with other options', async () => {
    makeImages(2);
    await prove();
    const other = prove({ input: { images: [inFolder('images', 'disk-1.raw')] } });
    await expect(other).rejects.toMatchObject({ code: 'conflict', data: { field: 'id' } });
    const options = proofRun.input.shape.options.parse({ memoryBytes: 128 * 2 ** 20 });
    await expect(prove({ input: { options } })).rejects.toMatchObject({ code: 'conflict' });
    expect(await prove({ input: { parallel: 1 } })).toMatchObject({ passed: 2 });
  });

  it('takes the password of its checks again, which is written nowhere', async () => {
    makeImages(2);
    const checks = { commands: [{ command: 'true' }], user: 'ada', password: 'correct horse' };
    const options = proofRun.input.shape.options.parse({ memoryBytes: 64 * 2 ** 20, checks });
    const seen: unknown[] = [];
    const attempt = async (task: ProofTask) => {
      seen.push(task.options.checks?.password);
      if (seen.length === 1) throw new Fault('busy', 'Somebody else has it open.');
      return proof(task);
    };
    const input = { options, parallel: 1 };
    expect(await prove({ input, prove: attempt })).toMatchObject({ passed: 1, errors: 1 });
    for (const file of filesBelow(inFolder('runs'))) {
      expect(readFileSync(inFolder('runs', file), 'utf8'), file).not.toContain('horse');
    }
    const bare = prove({ input: { images: undefined, options: proofRun.input.shape.options.parse({}) } });
    await expect(bare).rejects.toMatchObject({ code: 'invalid', data: { field: 'options.checks.password' } });
    expect(await prove({ input: { ...input, images: undefined }, prove: attempt })).toMatchObject({ passed: 2 });
    expect(seen).toEqual(['correct horse', 'correct horse', 'correct horse']);
  });

  it('is refused when its file is of another version', async () => {
    makeImages(1);
    await prove();
    writeFileSync(inFolder('runs', 'nightly', 'run.json'), '{"version":2}');
    await expect(prove()).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('evidence at a place of the caller’s', () => {
  it('has a folder for each image, and takes none that is there', async () => {
    makeImages(2);
    mkdirSync(inFolder('mine', 'nightly-2-disk-2'), { recursive: true });
    await prove({ input: { evidenceFolder: inFolder('mine') } });
    expect(readdirSync(inFolder('mine')).sort()).toEqual([
      'nightly-1-disk-1',
      'nightly-2-disk-2',
      'nightly-2-disk-2-2',
    ]);
    expect(existsSync(inFolder('evidence'))).toBe(false);
  });
});
