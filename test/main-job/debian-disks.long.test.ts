import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianDisk, debianVariant, missingForDebian } from '../support/disks/debian-disk.ts';
import { DiskProver, explainProof } from '../support/disks/disk-prover.ts';

const missing = await missingForDebian();

describe.skipIf(missing !== undefined)(`a real Debian${missing === undefined ? '' : ` (${missing})`}`, () => {
  let prover: DiskProver;
  beforeAll(async () => {
    prover = await DiskProver.open();
  });
  afterAll(() => prover.close());

  it.for(['uefi', 'bios'] as const)('reaches the greeter of LightDM by %s', { timeout: 1_800_000 }, async firmware => {
    const { image } = await debianDisk('lightdm');
    const input = { firmware, cpus: 2, memoryBytes: 2 ** 30, limitSeconds: 600, sha256: true };
    const proof = await prover.prove(image, input);
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'graphical_login', passed: true });
    expect(proof.passed).toBe(true);
    expect(proof.image.after.sha256).toBe(proof.image.before.sha256);
  });

  it('goes on to its login after GRUB has told of an error that does not matter', { timeout: 1_800_000 }, async () => {
    const image = await debianVariant([
      "menuentry 'A clone' {",
      '  search --no-floppy --fs-uuid --set=root ffffffff-0000-4000-8000-000000000000',
      '  linux /boot/vmlinuz-$version root=$root_device ro quiet',
      '  initrd /boot/initrd.img-$version',
      '}',
    ]);
    const proof = await prover.prove(image, { firmware: 'bios', bus: 'virtio' });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
    expect(JSON.stringify(proof.signals)).toContain('grub-error (screen) begins to hold');
  });

  it('goes on to its login after all file systems were checked', { timeout: 1_800_000 }, async () => {
    const image = await debianVariant(['set parameters="fsck.mode=force systemd.wants=srv.mount"']);
    const proof = await prover.prove(image, { firmware: 'bios', bus: 'virtio', limitSeconds: 1700 });
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
  });
});
