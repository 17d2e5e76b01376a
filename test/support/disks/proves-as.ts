import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExpectStatic } from 'vitest';
import type { ProofResult } from '../../../src/model/proof.ts';
import { type DiskProver, explainProof } from './disk-prover.ts';
import type { FailureDisk } from './failure-disks.ts';

/** How many guests may run at once: most of them only wait. */
const places = 3;
const waiting: (() => void)[] = [];
let taken = 0;

/** Proves the disk and requires what is expected of it. */
export async function provesAs(prover: DiskProver, disk: FailureDisk, expect: ExpectStatic): Promise<void> {
  const image = await disk.build();
  if (taken >= places) await new Promise<void>(resolve => waiting.push(resolve));
  else taken += 1;
  try {
    const proof = await prover.prove(image, { sha256: true, ...disk.input });
    const { state, rule, restarts, kernels } = disk;
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state, passed: false, ...(rule && { rule }) });
    expect(proof.passed).toBe(false);
    expect(proof.verdict.restarts ?? 0).toBeGreaterThanOrEqual(restarts ?? 0);
    expect(countKernels(proof)).toBeGreaterThanOrEqual(kernels ?? 0);
    expect(proof.unchanged).toBe(true);
    expect(proof.image.after.sha256).toBe(proof.image.before.sha256);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  }
}

/** How often a Linux began to speak on the serial line. */
function countKernels({ evidenceFolder }: ProofResult): number {
  const serial = readFileSync(path.join(evidenceFolder, 'serial.log'), 'utf8');
  return serial.match(/\bLinux version \d/g)?.length ?? 0;
}
