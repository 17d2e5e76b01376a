import { afterAll, beforeAll, describe, test } from 'vitest';
import { missingForDebian } from '../support/disks/debian-disk.ts';
import { DiskProver } from '../support/disks/disk-prover.ts';
import { slowFailureDisks } from '../support/disks/failure-disks.ts';
import { provesAs } from '../support/disks/proves-as.ts';

const missing = await missingForDebian();
let prover: DiskProver;

beforeAll(async () => {
  prover = await DiskProver.open();
});
afterAll(() => prover.close());

describe.skipIf(missing !== undefined)(
  `a proof of a disk that fails${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    test.concurrent.for(slowFailureDisks)('says $state of $name', { timeout: 1_800_000 }, (disk, { expect }) =>
      provesAs(prover, disk, expect),
    );
  },
);
