import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineDefinition } from '../../../src/qemu/machines/machine-definition.ts';
import { readTags } from './support/counting-guest.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
let folder: string;
const files = ['disk0.qcow2', 'disk1.qcow2'];
const place = (file: string) => path.join(folder, file);
const run = (id: string, input: object = {}) => done(bench.call(id, { vm: 'web', ...input }));
const tags = () => files.map(file => readTags(place(file)));
const snapshot = (action: string, tag: string, file: string) =>
  execFileSync('qemu-img', ['snapshot', action, tag, place(file)]);
const readDefinition = (): MachineDefinition => JSON.parse(readFileSync(place('machine.json'), 'utf8'));
const change = (changes: Partial<MachineDefinition>) =>
  writeFileSync(place('machine.json'), JSON.stringify({ ...readDefinition(), ...changes }));

function write(file: string, pattern: number): void {
  execFileSync('qemu-io', ['-c', `write -P ${pattern} 512k 64k`, place(file)], { stdio: 'ignore' });
}

/** What is on the disks. */
function read(file: string): number {
  execFileSync('qemu-img', ['convert', '-O', 'raw', place(file), place('raw')]);
  return readFileSync(place('raw'))[512 * 1024] ?? -1;
}

beforeAll(async () => {
  bench = await openMachineBench();
  await done(bench.call('vm.create', { name: 'web', image: bench.disk, format: 'raw', ...smallest }));
  const root = path.join(bench.home, 'state', 'machines');
  folder = path.join(root, readdirSync(root).find(name => /^[0-9a-f]{12}$/.test(name)) ?? '');
  // A second disk, on which work can be broken off between the two.
  copyFileSync(place('disk0.qcow2'), place('disk1.qcow2'));
  change({ disks: readDefinition().disks.flatMap(disk => files.map(file => ({ ...disk, file }))) });
});
afterAll(async () => {
  await run('vm.stop', { force: true });
  await bench[Symbol.asyncDispose]();
});

describe('a machine of several disks', () => {
  it('has a checkpoint in all of them or in none', async () => {
    renameSync(place('disk1.qcow2'), place('away'));
    await expect(run('vm.checkpoint.create')).rejects.toMatchObject({ code: expect.any(String) });
    renameSync(place('away'), place('disk1.qcow2'));
    // Undone with the next piece of work at the latest.
    await run('vm.checkpoint.create', { name: 'first' });
    expect(tags()).toEqual([['vmbridge-c1'], ['vmbridge-c1']]);
    for (const file of files) write(file, 7);
    await run('vm.checkpoint.restore', { checkpoint: 'first' });
    expect(files.map(read)).toEqual([0, 0]);
  });

  it('is what it was before a restore that was broken off between two disks', async () => {
    for (const file of files) write(file, 8);
    for (const file of files) snapshot('-c', 'vmbridge-undo', file);
    change({ pending: { action: 'restore', checkpoint: 'c1' } });
    snapshot('-a', 'vmbridge-c1', 'disk0.qcow2');
    expect(files.map(read)).toEqual([0, 8]);
    await run('vm.clone', { name: 'copy' });
    expect(files.map(read)).toEqual([8, 8]);
    expect(tags()).toEqual([['vmbridge-c1'], ['vmbridge-c1']]);
    expect(readDefinition().pending).toBeUndefined();
  });

  it('is set in order before it is exported', async () => {
    for (const file of files) snapshot('-c', 'vmbridge-undo', file);
    change({ pending: { action: 'restore', checkpoint: 'c1' } });
    snapshot('-a', 'vmbridge-c1', 'disk0.qcow2');
    await run('vm.export', { target: path.join(bench.home, 'exported') });
    expect(files.map(read)).toEqual([8, 8]);
    expect(readDefinition().pending).toBeUndefined();
  });

  it('has nothing of a checkpoint that was broken off while it was made', async () => {
    snapshot('-c', 'vmbridge-c7', 'disk0.qcow2');
    writeFileSync(place('memory-c7.qcow2'), '');
    change({ pending: { action: 'create', checkpoint: 'c7' } });
    await run('vm.start');
    await run('vm.stop', { force: true });
    expect(tags()).toEqual([['vmbridge-c1'], ['vmbridge-c1']]);
    expect(existsSync(place('memory-c7.qcow2'))).toBe(false);
  });

  it('has lost a checkpoint that was broken off while it was deleted', async () => {
    snapshot('-d', 'vmbridge-c1', 'disk0.qcow2');
    change({ pending: { action: 'delete', checkpoint: 'c1' } });
    await run('vm.start');
    await run('vm.stop', { force: true });
    expect(tags()).toEqual([[], []]);
    expect(readDefinition()).toMatchObject({ checkpoints: [] });
    expect(readDefinition().current).toBeUndefined();
  });

  it('is swept of snapshots of ours that nobody knows, and keeps those of others', async () => {
    for (const tag of ['vmbridge-c90', 'mine']) snapshot('-c', tag, 'disk1.qcow2');
    const { checkpoint } = await run('vm.checkpoint.create');
    expect(tags()).toEqual([[`vmbridge-${checkpoint.id}`], ['mine', `vmbridge-${checkpoint.id}`]]);
    snapshot('-d', `vmbridge-${checkpoint.id}`, 'disk1.qcow2');
    await expect(run('vm.checkpoint.restore', { checkpoint: checkpoint.id })).rejects.toMatchObject({
      code: 'failed',
      data: { missing: ['disk1.qcow2'] },
    });
    await run('vm.checkpoint.delete', { checkpoint: checkpoint.id });
  });

  it('goes on after a restore that was broken off before QEMU began with it', async () => {
    await run('vm.start');
    const { checkpoint } = await run('vm.checkpoint.create', { name: 'live' });
    await bench.call('vm.pause', { vm: 'web' });
    change({ pending: { action: 'restore', checkpoint: checkpoint.id } });
    expect((await bench.call('vm.resume', { vm: 'web' })).machine.state).toBe('running');
    expect(readDefinition().pending).toBeUndefined();
    await bench.call('vm.pause', { vm: 'web' });
    change({ pending: { action: 'restore', checkpoint: checkpoint.id } });
    expect((await run('vm.restart', { force: true })).machine.state).toBe('running');
    expect(readDefinition().pending).toBeUndefined();
    expect((await run('vm.checkpoint.restore', { checkpoint: 'live' })).machine.state).toBe('running');
    expect(tags()).toEqual([[`vmbridge-${checkpoint.id}`], ['mine', `vmbridge-${checkpoint.id}`]]);
  });
});
