import type { ExpectStatic } from 'vitest';
import { type DiskProver, explainProof } from './disk-prover.ts';
import { proveFrozen } from './patient-proof.ts';

/** Seconds after its last sign of life within which a guest is called frozen. */
const latest = 60;

/** Requires that the guest of an image is called frozen in time. */
export async function callsFrozen(prover: DiskProver, image: string, expect: ExpectStatic): Promise<void> {
  const { proof, waited } = await proveFrozen(prover, image);
  expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'frozen', passed: false });
  expect(proof.unchanged).toBe(true);
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThanOrEqual(latest);
}
