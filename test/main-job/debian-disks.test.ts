import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianDisk, missingForDebian } from '../support/disks/debian-disk.ts';
import { DiskProver, explainProof } from '../support/disks/disk-prover.ts';

const missing = await missingForDebian();

describe.skipIf(missing !== undefined)(`a real Debian${missing === undefined ? '' : ` (${missing})`}`, () => {
  let prover: DiskProver;
  let image: string;
  beforeAll(async () => {
    prover = await DiskProver.open();
    ({ image } = await debianDisk());
  }, 600_000);
  afterAll(() => prover.close());

  it.for(['uefi', 'bios'] as const)('reaches its text login by %s', { timeout: 300_000 }, async firmware => {
    const proof = await prover.prove(image, { firmware, bus: 'virtio', cpus: 2, sha256: true });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
    expect(proof.passed).toBe(true);
    expect(proof.firmware).toBe(firmware);
    expect(proof.screenText.join('\n')).toMatch(/^Debian GNU\/Linux \d.*\n(?:.*\n)*debian login:/m);
    expect(proof.unchanged).toBe(true);
    expect(proof.image.after.sha256).toBe(proof.image.before.sha256);
    expect(proof.warnings.join()).toMatch(/replayed in memory/);
  });
});
