import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGuestRecord } from '../../../src/qemu/guest/machine-record.ts';
import { connectQmp } from '../../../src/qemu/qmp/connect-qmp.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
beforeAll(async () => {
  bench = await openMachineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const run = (id: string, input: object) => done(bench.call(id, input, { door: 'jsonrpc' }));

/** The file in the drive, as QEMU itself says it. */
async function askMedium(): Promise<string | undefined> {
  const runs = path.join(bench.home, 'run');
  const [folder = ''] = readdirSync(runs).filter(name => name.startsWith('player'));
  const record = await readGuestRecord(path.join(runs, folder));
  if (record === undefined) throw new Error('no record');
  const qmp = await connectQmp(record.visitor, { connectMs: 5000 });
  try {
    const blocks = (await qmp.execute('query-block')) as { qdev: string; inserted?: { file: string } }[];
    return blocks.find(({ qdev }) => qdev.includes('cd0'))?.inserted?.file;
  } finally {
    qmp.close();
  }
}

describe('the disc in the drive of a running machine', () => {
  it('is put in, changed and taken out', async () => {
    const discs = ['one.iso', 'two, "second".iso'].map(name => path.join(bench.folder, name));
    for (const disc of discs) writeFileSync(disc, Buffer.alloc(64 * 1024, disc));
    const [one = '', two = ''] = discs;
    await run('vm.create', { name: 'player', image: bench.disk, format: 'raw', ...smallest });
    await run('vm.start', { vm: 'player' });
    expect(await askMedium()).toBeUndefined();
    for (const iso of [one, two, one]) {
      expect((await bench.call('vm.configure', { vm: 'player', iso })).hardware.iso).toBe(iso);
      expect(await askMedium()).toContain(path.basename(iso).split(',')[0]);
    }
    const gone = path.join(bench.folder, 'gone.iso');
    await expect(bench.call('vm.configure', { vm: 'player', iso: gone })).rejects.toMatchObject({ code: 'not_found' });
    expect(await askMedium()).toContain('one.iso');
    expect((await bench.call('vm.configure', { vm: 'player', eject: true })).hardware.iso).toBeUndefined();
    expect(await askMedium()).toBeUndefined();
    rmSync(one);
    await bench.call('vm.configure', { vm: 'player', iso: two });
    await run('vm.restart', { vm: 'player', force: true });
    expect(await askMedium()).toContain('two');
    await run('vm.stop', { vm: 'player', force: true });
  });
});
