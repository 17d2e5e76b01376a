import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootOptions } from '../../src/proof/boot-options.ts';
import { inspectForBoot, planBoot } from '../../src/proof/plan-boot.ts';
import { gptDisk } from '../disk/support/disk-layout.ts';
import { Workbench } from '../qemu/support/run-guest.ts';

const mebibyte = 1024 * 1024;
const linuxData = '0fc63daf-8483-4772-8e79-3d69d8477de4';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

async function plan(disk: Buffer, bus: BootOptions['bus'] = 'ahci') {
  const image = path.join(bench.folder, 'planned.raw');
  await writeFile(image, disk);
  const options = { image, bus, firmware: 'auto', machine: 'auto', accelerator: 'tcg', network: 'none' } as const;
  const { signal } = new AbortController();
  const services = { engine: {}, cacheFolder: bench.folder, runRoot: bench.folder, signal, progress: () => {} };
  return await planBoot(await inspectForBoot(options, signal), options, services);
}

describe('the plan of a boot', () => {
  it('tries a GPT on which nothing could boot with UEFI, and knows that nothing could', async () => {
    const planned = await plan(gptDisk(2 * mebibyte, [{ type: linuxData, first: 64, last: 255 }], 512));
    expect(planned.plan.firmware).toBe('uefi');
    expect(planned.unbootable).toBe(true);
  });

  it('tries an empty disk with BIOS', async () => {
    expect((await plan(Buffer.alloc(mebibyte))).plan.firmware).toBe('bios');
  });

  it('gives a raw disk the sectors of its partition table where the bus can carry them', async () => {
    const disk = gptDisk(2 * mebibyte, [{ type: linuxData, first: 16, last: 31 }], 4096);
    expect((await plan(disk, 'nvme')).plan.sectorSize).toBe(4096);
    expect((await plan(disk, 'virtio')).plan.sectorSize).toBe(4096);
    expect((await plan(disk)).plan.sectorSize).toBe(512);
  });
});
