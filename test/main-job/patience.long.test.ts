import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerdictState } from '../../src/model/verdict.ts';
import { callsFrozen } from '../support/disks/calls-frozen.ts';
import { debianDisk, missingForDebian } from '../support/disks/debian-disk.ts';
import { dirtyImage } from '../support/disks/dirty-image.ts';
import { DiskProver, explainProof } from '../support/disks/disk-prover.ts';
import { longBusyDisks } from '../support/disks/failure-disks.ts';
import { proveThrottled, updatingDisk } from '../support/disks/patient-proof.ts';
import * as images from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

const missing = missingImageTools();
const noDebian = await missingForDebian();

describe.skipIf(missing !== undefined)(`patience${missing === undefined ? '' : ` (${missing})`}`, () => {
  let prover: DiskProver;
  beforeAll(async () => {
    prover = await DiskProver.open();
  });
  afterAll(() => prover.close());

  it.for(longBusyDisks)('calls $name frozen within a minute', { timeout: 600_000 }, async ({ build }, { expect }) => {
    await callsFrozen(prover, await build(), expect);
  });

  it('lasts for minutes of updates', { timeout: 1_800_000 }, async () => {
    const image = await updatingDisk([20, 45, 30, 45, 40, 45, 25, 45, 45]);
    const proof = await prover.prove(image, { firmware: 'bios', limitSeconds: 900 });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
  });

  it.for(['bios', 'uefi'] as const)(
    'lasts for a Debian by %s that gets a tenth of the time',
    {
      timeout: 3_600_000,
    },
    async (firmware, { skip }) => {
      if (noDebian !== undefined) skip(noDebian);
      const { image } = await debianDisk();
      const proof = await proveThrottled(prover, image, 0.1, { firmware, bus: 'virtio', limitSeconds: 1800 });
      expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
      expect(proof.attempts.at(-1)?.seconds).toBeGreaterThan(120);
    },
  );

  const raw = { format: 'raw' } as const;
  const bios = { firmware: 'bios' } as const;
  const repeated: { name: string; build: () => Promise<string>; state: VerdictState }[] = [
    { name: 'a system that boots', build: () => images.mbrBiosGrub(raw), state: 'login' },
    {
      name: 'a GRUB in rescue mode',
      build: () => images.brokenBootLoader({ ...raw, ...bios }),
      state: 'bootloader_error',
    },
    { name: 'a panicking kernel', build: () => images.panickingKernel({ ...raw, ...bios }), state: 'kernel_panic' },
    { name: 'an empty boot sector', build: () => images.bootSectorDisk('none', raw), state: 'no_boot_device' },
    { name: 'a frozen guest', build: () => images.frozenSystem({ ...raw, ...bios }), state: 'frozen' },
  ];

  it.for(repeated)(
    'says $state twenty times out of twenty of $name',
    { timeout: 3_600_000 },
    async ({ build, state }) => {
      const image = await build();
      const file = image.endsWith('.img') ? await dirtyImage(image) : image;
      const seen: string[] = [];
      const worker = async () => {
        while (seen.length < 20) {
          const place = seen.push('running') - 1;
          // On this bus alone: a missing root would be looked for on four.
          const { verdict } = await prover.prove(file, { ...bios, bus: 'ahci' });
          seen[place] = `${verdict.state} by ${verdict.rule}`;
        }
      };
      await Promise.all([worker(), worker()]);
      expect(new Set(seen).size, seen.join('\n')).toBe(1);
      expect(seen[0]).toMatch(new RegExp(`^${state} by `));
    },
  );
});
