import { afterAll, beforeAll, describe, test } from 'vitest';
import { callsFrozen } from '../support/disks/calls-frozen.ts';
import { dirtyImage } from '../support/disks/dirty-image.ts';
import { DiskProver, explainProof } from '../support/disks/disk-prover.ts';
import { busyDisks, frozenDisks } from '../support/disks/failure-disks.ts';
import { proveThrottled, restartingDisk, updatingDisk } from '../support/disks/patient-proof.ts';
import { mbrBiosGrub } from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const missing = missingImageTools();

describe.skipIf(missing !== undefined)(`patience${missing === undefined ? '' : ` (${missing})`}`, () => {
  // One for those that run side by side, one for the throttled guest, which must be the only one it knows of.
  let prover: DiskProver;
  let alone: DiskProver;
  beforeAll(async () => {
    [prover, alone] = [await DiskProver.open(), await DiskProver.open()];
  });
  afterAll(async () => {
    await prover.close();
    await alone.close();
  });

  const limits = { timeout: 600_000 };

  test.concurrent.for(frozenDisks)('calls $name frozen within a minute', limits, async ({ build }, { expect }) => {
    await callsFrozen(prover, await build(), expect);
  });

  test.concurrent('is not lost on a guest that only counts its updates', limits, async ({ expect }) => {
    const proof = await prover.prove(await updatingDisk([15, 45]), { firmware: 'bios' });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
    expect(proof.durationSeconds).toBeGreaterThan(60);
  });

  test.concurrent('is not lost on a guest that restarts itself twice', limits, async ({ expect }) => {
    const proof = await prover.prove(await restartingDisk(), { firmware: 'bios' });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true, restarts: 2 });
  });

  test.concurrent('is not lost on a guest that gets a tenth of the time', limits, async ({ expect }) => {
    const image = await dirtyImage(await mbrBiosGrub({ format: 'raw' }));
    const proof = await proveThrottled(alone, image, 0.1, { firmware: 'bios', limitSeconds: 500 });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
    expect(proof.attempts.at(-1)?.seconds).toBeGreaterThan(20);
  });

  test.for(busyDisks)('calls $name frozen within a minute', limits, async ({ build }, { expect }) => {
    await callsFrozen(prover, await build(), expect);
  });
});
