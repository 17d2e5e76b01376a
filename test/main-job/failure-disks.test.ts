import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEngine } from '../../src/qemu/find-engine.ts';
import { writeForEver } from '../qemu/support/boot-sector.ts';
import { codeDisk } from '../support/disks/code-disk.ts';
import { missingForDebian } from '../support/disks/debian-disk.ts';
import { dirtyImage } from '../support/disks/dirty-image.ts';
import { DiskProver, explainProof } from '../support/disks/disk-prover.ts';
import { failureDisks } from '../support/disks/failure-disks.ts';
import { provesAs } from '../support/disks/proves-as.ts';
import { mbrBiosGrub } from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';
import { failLater, writeStandIn } from '../support/stand-in-qemu.ts';

const missing = missingImageTools();
const noDebian = await missingForDebian();
let prover: DiskProver;

beforeAll(async () => {
  prover = await DiskProver.open();
});
afterAll(() => prover.close());

describe.skipIf(missing !== undefined)(
  `a proof of a disk that fails${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    test.concurrent.for(failureDisks)('says $state of $name', { timeout: 900_000 }, async (disk, { skip, expect }) => {
      if (disk.debian && noDebian !== undefined) skip(noDebian);
      await provesAs(prover, disk, expect);
    });
  },
);

describe.skipIf(missing !== undefined)('a proof on a host that fails', () => {
  const limits = { timeout: 300_000 };

  test('says host_fault when QEMU is killed', limits, async () => {
    const running = prover.prove(await dirtyImage(await codeDisk([0xf4, 0xeb, 0xfd])), { firmware: 'bios' });
    const machines = await listMachines();
    await delay(500);
    for (const { processId } of machines) process.kill(processId, 'SIGSEGV');
    const proof = await running;
    expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'host_fault', passed: false });
    expect(proof.unchanged).toBe(true);
  });

  test('says host_fault when the disk of the host is full', limits, async ({ skip }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vmb-full-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip('mounting a small tmpfs needs root');
    }
    const small = await DiskProver.open(folder);
    try {
      const proof = await small.prove(await dirtyImage(await codeDisk(writeForEver, 64)), {
        firmware: 'bios',
        limitSeconds: 60,
      });
      expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'host_fault', passed: false });
      expect(proof.warnings.join()).toContain('Free some space');
    } finally {
      await small.close();
      execFileSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    }
  });

  test('never says anything bad of a good disk when KVM breaks down midway', limits, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'vmb-kvm-'));
    const engine = await findEngine();
    const system = await writeStandIn(folder, engine.system, failLater(engine.system, 2));
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ engine: { system, img: engine.img } }));
    const broken = await DiskProver.open(folder);
    try {
      const image = await dirtyImage(await mbrBiosGrub({ format: 'raw' }));
      const proof = await broken.prove(image);
      expect(proof.verdict, explainProof(proof)).toMatchObject({ state: 'login', passed: true });
      expect([proof.attempts[0], proof.attempts.at(-1)].map(attempt => attempt?.accelerator)).toEqual(['kvm', 'tcg']);
      // It is remembered: by name there is nothing else to turn to.
      await expect(broken.prove(image, { accelerator: 'kvm' })).rejects.toMatchObject({ code: 'host_fault' });
    } finally {
      await broken.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('says host_fault, or boots with less, when the host has not the memory', limits, async () => {
    const image = await dirtyImage(await mbrBiosGrub({ format: 'raw' }));
    const proof = await prover.prove(image, { memoryBytes: 2 ** 43 });
    expect(['host_fault', 'login'], explainProof(proof)).toContain(proof.verdict.state);
    if (proof.verdict.state === 'login') expect(proof.attempts.at(-1)?.memoryBytes).toBeLessThan(2 ** 43);
  });
});

async function listMachines(): Promise<{ processId: number }[]> {
  for (;;) {
    const answer = await prover.bridge.call('vm.list', {}, { door: 'cli', signal: new AbortController().signal });
    const machines = answer.machines as { processId: number }[];
    if (machines.length > 0) return machines;
    await delay(100);
  }
}
