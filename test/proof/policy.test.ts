import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classify } from '../../src/proof/classify.ts';
import { proveImage } from '../../src/proof/prove-image.ts';
import { Patience } from '../../src/proof/watch/patience.ts';
import { Workbench } from '../qemu/support/run-guest.ts';
import * as images from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

describe('the policy', () => {
  it('has a state that could pass, and does not, watched for a better one before it counts', () => {
    const patience = new Patience({ passOn: ['desktop'], otherwise: 40 });
    const matches = classify({ screen: ['debian login:'], screenMethod: 'vga', serial: [], firmware: [] });
    const at = (now: number) => patience.consider(matches, { now, lastProgress: 1, still: true });
    expect([1, 5, 30, 40.9].map(at)).toEqual([undefined, undefined, undefined, undefined]);
    expect(at(41.1)?.rule.id).toBe('text-login-prompt');
  });

  it('can ask for the guest agent, whose answer is a signal of its own', { timeout: 180_000 }, async ({ skip }) => {
    const missing = missingImageTools();
    if (missing !== undefined) skip(missing);
    if (process.platform === 'win32') skip('QEMU has no agent channel for more than one client on Windows');
    const proof = await proveImage(
      {
        image: await images.agentGuest(),
        firmware: 'auto',
        machine: 'auto',
        bus: 'auto',
        accelerator: 'auto',
        network: 'none',
        sha256: false,
        passOn: ['agent_ready'],
      },
      {
        engine: {},
        cacheFolder: path.join(bench.folder, 'cache'),
        runRoot: path.join(bench.folder, 'run'),
        evidenceRoot: path.join(bench.folder, 'evidence'),
        stateFolder: bench.folder,
        version: '0',
        signal: new AbortController().signal,
        progress: () => {},
      },
    );
    expect(proof.verdict).toMatchObject({ state: 'agent_ready', rule: 'agent-answers', source: 'agent', passed: true });
    expect(proof.passed).toBe(true);
    expect(proof.passOn).toEqual(['agent_ready']);
    const kinds = new Set(proof.signals.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['agent', 'disk', 'rule', 'picture', 'serial', 'screen']));
    const times = proof.signals.map(({ at }) => at);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(proof.signature?.keyId).toMatch(/^[0-9a-f]{64}$/);
  });
});
