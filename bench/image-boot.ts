import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bundle } from '../scripts/build/bundle.ts';
import { ExportTask } from '../src/disk/nbd/export-task.ts';
import { createRunFolder } from '../src/host/run-folder.ts';
import type { BootPlan } from '../src/qemu/boot-plan.ts';
import type { Engine } from '../src/qemu/engine.ts';
import { findEngine } from '../src/qemu/find-engine.ts';
import { describeExport } from '../src/qemu/guest/export-node.ts';
import { guestFiles } from '../src/qemu/guest/guest-files.ts';
import { requireUnlocked } from '../src/qemu/img/require-unlocked.ts';
import { startGuest } from '../src/qemu/start-guest.ts';
import { mbrBiosGrub } from '../test/support/images/index.ts';
import { compare } from './support/compare.ts';

/** How often the serial log is looked at, in milliseconds. */
const lookEvery = 10;
const limit = 120_000;

/** Boot to the login prompt with the disk served by our own reader, beside QEMU's driver for VHDX on the same clean file. */
export async function measureImageBoot(): Promise<void> {
  const image = await mbrBiosGrub({ console: 'both' });
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-bench-'));
  try {
    const dist = path.join(folder, 'dist');
    await bundle(dist);
    const reader = path.join(dist, 'threads/image-export.cjs');
    await compare({
      what: 'Boot to the login prompt from a VHDX',
      unit: 'milliseconds',
      first: 'over our export',
      second: "over QEMU's own driver",
      limit: 1.05,
      rounds: 7,
      measureFirst: () => boot(image, folder, reader),
      measureSecond: () => boot(image, folder),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `reader`: the program of the thread that reads, as it is shipped; QEMU reads the image itself when left out. */
async function boot(image: string, parent: string, reader?: string): Promise<number> {
  const engine = await findEngine();
  const plan: BootPlan = {
    image: { path: image, format: 'vhdx' },
    firmware: 'bios',
    machine: 'q35',
    bus: 'ahci',
    memoryBytes: 512 * 2 ** 20,
    cpus: 2,
    accelerator: 'tcg',
    network: 'none',
  };
  const folder = await createRunFolder(parent, 'boot');
  const { signal } = new AbortController();
  const began = performance.now();
  const source = reader === undefined ? undefined : await serve(image, reader, engine, folder.path);
  const guest = await startGuest(engine, plan, { folder: folder.path, source, signal });
  try {
    const serial = path.join(guest.folder, guestFiles.serial);
    while (!readFileSync(serial, 'latin1').includes(' login:')) {
      if (performance.now() - began > limit) throw new Error('The guest reached no prompt.');
      await wait(lookEvery);
    }
    return performance.now() - began;
  } finally {
    await guest.stop({ acpiMs: 0 });
    await source?.close();
    await folder.remove();
  }
}

/** What a boot does with an image that our own reader reads: see src/proof/open-source.ts. */
async function serve(image: string, reader: string, engine: Engine, folder: string) {
  const { signal } = new AbortController();
  const address = { kind: 'unix', path: path.join(folder, 'disk.sock') } as const;
  const [served] = await Promise.all([
    new ExportTask(reader, { path: image, format: 'vhdx', parents: [], address }).ready(),
    requireUnlocked(engine, { path: image, format: 'vhdx', parents: [] }, signal),
  ]);
  return { node: describeExport(served), virtualSize: served.virtualSize, close: () => served.close() };
}
