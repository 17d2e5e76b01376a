import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainSaveFailure } from '../../../src/providers/qemu/checkpoints/explain-failure.ts';
import { LiveSnapshots } from '../../../src/qemu/checkpoints/live-snapshots.ts';
import { StoredSnapshots } from '../../../src/qemu/checkpoints/stored-snapshots.ts';
import { findEngine } from '../../../src/qemu/find-engine.ts';
import { connectGuest, listGuestRecords } from '../../../src/qemu/guest-records.ts';
import { countOn } from './support/counting-guest.ts';
import { done, openMachineBench, smallest } from './support/machines.ts';

function mountSmallDisk(): string | undefined {
  const place = mkdtempSync(path.join(tmpdir(), 'vmb-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'none', place], { stdio: 'ignore' });
    return place;
  } catch {
    rmdirSync(place);
    return undefined;
  }
}

describe('a checkpoint for which the disk has no space', () => {
  it('is refused before, fails as disk_full when the space goes meanwhile, and the machine goes on', async ctx => {
    const place = mountSmallDisk();
    if (place === undefined) return ctx.skip('only root can mount a small disk');
    const before = process.env.TMPDIR;
    process.env.TMPDIR = place;
    try {
      await using bench = await openMachineBench();
      const image = bench.writeDisk('counting.raw', countOn);
      await done(bench.call('vm.create', { name: 'web', image, format: 'raw', ...smallest }));
      await done(bench.call('vm.start', { vm: 'web' }, { door: 'jsonrpc' }));
      const machines = path.join(bench.home, 'state', 'machines');
      const id = readdirSync(machines).find(each => /^[0-9a-f]{12}$/.test(each)) ?? '';
      const folder = path.join(machines, id);
      const ballast = path.join(place, 'ballast');
      const { bavail, bsize } = statfsSync(place);
      const fill = (left: number) => writeFileSync(ballast, Buffer.alloc(bavail * bsize - left));
      fill(2 ** 20);
      await expect(done(bench.call('vm.checkpoint.create', { vm: 'web' }))).rejects.toMatchObject({
        code: 'host_fault',
        data: { reason: 'disk_full' },
      });
      expect(readdirSync(folder).filter(name => name.startsWith('memory-'))).toEqual([]);
      await saveInto(bench.home, folder, async error => {
        expect(await explainSaveFailure('web', folder, error)).toMatchObject({
          code: 'host_fault',
          data: { reason: 'disk_full' },
        });
      });
      expect((await bench.call('vm.get', { vm: 'web' })).machine.state).toBe('running');
      rmSync(ballast);
      expect((await done(bench.call('vm.checkpoint.create', { vm: 'web' }))).checkpoint.memory).toBe(true);
      await done(bench.call('vm.stop', { vm: 'web', force: true }));
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      execFileSync('umount', ['-l', place]);
      rmdirSync(place);
    }
  });
});

/** As the provider does once it has found that there is space. */
async function saveInto(home: string, folder: string, onFailure: (error: unknown) => Promise<void>): Promise<void> {
  const [record] = await listGuestRecords(path.join(home, 'run'));
  if (record === undefined) throw new Error('no machine runs');
  const disks = [{ file: 'disk0.qcow2', bus: 'ahci' as const, sizeBytes: 2 ** 20 }];
  const stored = new StoredSnapshots(await findEngine(), { disks, firmware: 'bios' }, folder);
  await stored.createMemoryFile('c99');
  const guest = await connectGuest(record);
  try {
    const live = new LiveSnapshots(guest.qmp, { disks, firmware: 'bios' }, folder);
    await live.saveWithMemory('c99').then(() => expect.unreachable(), onFailure);
    expect([...(await live.list()).values()].flat()).toEqual([]);
  } finally {
    guest.close();
    rmSync(path.join(folder, 'memory-c99.qcow2'));
  }
}
