import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/model/checkpoint.ts';
import { countOn, readCounter, readStoredCounter, readTags } from './support/counting-guest.ts';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
let folder: string;
beforeAll(async () => {
  bench = await openMachineBench();
  const image = bench.writeDisk('counting.raw', countOn);
  await run('vm.create', { name: 'web', image, format: 'raw', ...smallest });
  folder = machineFolder();
});
afterAll(async () => {
  await runAsPerson('vm.stop', { vm: 'web', force: true });
  await bench[Symbol.asyncDispose]();
});

const asServer = { door: 'jsonrpc' } as const;
const run = (id: string, input: object) => done(bench.call(id, input, asServer));
/** What destroys something is asked for by a person. */
const runAsPerson = (id: string, input: object) => done(bench.call(id, input));
const list = async (): Promise<Checkpoint[]> => (await bench.call('vm.checkpoint.list', { vm: 'web' })).checkpoints;
const create = async (input: object = {}) => (await run('vm.checkpoint.create', { vm: 'web', ...input })).checkpoint;
const restore = async (checkpoint: string) =>
  (await runAsPerson('vm.checkpoint.restore', { vm: 'web', checkpoint })).machine;
const remove = (checkpoint: string) => runAsPerson('vm.checkpoint.delete', { vm: 'web', checkpoint });
const stop = () => run('vm.stop', { vm: 'web', force: true });
const count = () => readCounter(bench.home);
const disk = () => path.join(folder, 'disk0.qcow2');
const definition = () => JSON.parse(readFileSync(path.join(folder, 'machine.json'), 'utf8'));
const memoryFiles = () => readdirSync(folder).filter(name => name.startsWith('memory-'));

function machineFolder(): string {
  const root = path.join(bench.home, 'state', 'machines');
  const name = readdirSync(root).find(each => /^[0-9a-f]{12}$/.test(each));
  return path.join(root, name ?? '');
}

async function waitForCount(least: number): Promise<void> {
  const end = Date.now() + 30_000;
  while ((await count()) < least && Date.now() < end) await wait(50);
}

/** About how far it counts while the test looks, on a busy host. */
const leeway = 60;

describe('checkpoints of a kept machine', () => {
  let seen: number;

  it('hold the memory of a machine that runs, and bring it back', async () => {
    await run('vm.start', { vm: 'web' });
    await wait(1000);
    await bench.call('vm.pause', { vm: 'web' });
    seen = await count();
    expect(await create({ name: 'a' })).toMatchObject({ id: 'c1', name: 'a', current: true, memory: true });
    expect(await count()).toBe(seen);
    expect((await bench.call('vm.get', { vm: 'web' })).machine.state).toBe('paused');
    await bench.call('vm.resume', { vm: 'web' });
    await waitForCount(seen + leeway);
    const { processId } = (await bench.call('vm.get', { vm: 'web' })).machine;
    expect(await restore('a')).toMatchObject({ state: 'running', processId });
    const now = await count();
    expect(now).toBeGreaterThanOrEqual(seen);
    expect(now).toBeLessThan(seen + leeway);
    expect(readTags(disk())).toEqual(['vmbridge-c1']);
  });

  it('make a tree with branches', async () => {
    await create({ name: 'b' });
    await restore('a');
    await create({ name: 'c' });
    expect((await list()).map(({ id, name, parent, current }) => ({ id, name, parent, current }))).toEqual([
      { id: 'c1', name: 'a', parent: undefined, current: false },
      { id: 'c2', name: 'b', parent: 'c1', current: false },
      { id: 'c3', name: 'c', parent: 'c1', current: true },
    ]);
  });

  it('without memory are made while the guest runs, and returned to only while it is stopped', async () => {
    expect(await create({ name: 'disks', disksOnly: true })).toMatchObject({ id: 'c4', memory: false });
    await expect(restore('disks')).rejects.toMatchObject({ code: 'conflict', data: { field: 'vm', state: 'running' } });
    await wait(500);
    await stop();
    const later = readStoredCounter(disk());
    expect(await restore('disks')).toMatchObject({ state: 'stopped' });
    const then = readStoredCounter(disk());
    expect(then).toBeGreaterThanOrEqual(seen);
    expect(then).toBeLessThan(later);
    expect(readTags(disk())).not.toContain('vmbridge-undo');
  });

  it('bring a stopped machine back running, also after its hardware was changed and the server restarted', async () => {
    await bench.call('vm.configure', { vm: 'web', cpus: 2, memoryBytes: 128 * 2 ** 20 });
    await using second = await bench.again();
    const input = { vm: 'web', checkpoint: 'a' };
    const { machine } = await done(second.call('vm.checkpoint.restore', input));
    expect(machine).toMatchObject({ state: 'running', cpus: 1, memoryBytes: 64 * 2 ** 20 });
    const now = await count();
    expect(now).toBeGreaterThanOrEqual(seen);
    expect(now).toBeLessThan(seen + leeway);
    // The first server reaches it by the channel for visitors.
    expect(await create({ name: 'visited' })).toMatchObject({ id: 'c5', parent: 'c1', memory: true });
    expect(await restore('a')).toMatchObject({ state: 'running' });
    expect(await remove('visited')).toEqual({ deleted: 'c5' });
    expect((await bench.call('vm.get', { vm: 'web' })).hardware.network).toBe('none');
  });

  it('are loaded into a QEMU of their own when the machine that runs has other hardware', async () => {
    await stop();
    await bench.call('vm.configure', { vm: 'web', cpus: 2 });
    const { processId } = (await run('vm.start', { vm: 'web' })).machine;
    const machine = await restore('a');
    expect(machine).toMatchObject({ state: 'running', cpus: 1 });
    expect(machine.processId).not.toBe(processId);
    expect(await count()).toBeLessThan(seen + leeway);
  });

  it('leave their children to their parent when deleted, from a machine that runs and from one that is stopped', async () => {
    await remove('a');
    expect(readTags(disk())).toEqual(['vmbridge-c2', 'vmbridge-c3', 'vmbridge-c4']);
    expect((await list()).map(({ id, parent }) => [id, parent])).toEqual([
      ['c2', undefined],
      ['c3', undefined],
      ['c4', 'c3'],
    ]);
    await stop();
    for (const each of ['c2', 'c3', 'c4']) await remove(each);
    expect(await list()).toEqual([]);
    expect(readTags(disk())).toEqual([]);
    expect(memoryFiles()).toEqual([]);
    const made = await create();
    expect(made).toMatchObject({ id: 'c6', memory: false, name: made.createdAt });
    expect(made).not.toHaveProperty('parent');
    await remove('c6');
  });

  it('of one name are told apart by id, and those that are not there are named', async () => {
    await create({ name: 'same' });
    await create({ name: 'same' });
    const candidates = (await list()).map(({ id }) => id);
    await expect(restore('same')).rejects.toMatchObject({ code: 'ambiguous', data: { candidates } });
    await expect(remove('none')).rejects.toMatchObject({ code: 'not_found', data: { field: 'checkpoint' } });
    for (const id of candidates) await remove(id);
  });

  it('of which a part was removed say so, and can be deleted', async () => {
    await run('vm.start', { vm: 'web' });
    const { id } = await create();
    rmSync(path.join(folder, `memory-${id}.qcow2`));
    const failure = { code: 'failed', data: { missing: [`memory-${id}.qcow2`] } };
    await expect(restore(id)).rejects.toMatchObject(failure);
    expect((await bench.call('vm.get', { vm: 'web' })).machine.state).toBe('running');
    await stop();
    await expect(restore(id)).rejects.toMatchObject(failure);
    await remove(id);
  });

  it('whose memory QEMU can not load leave the machine off, with its disks as they were', async () => {
    await run('vm.start', { vm: 'web' });
    const { id } = await create({ name: 'damaged' });
    await wait(500);
    await stop();
    const before = readStoredCounter(disk());
    const file = path.join(folder, 'machine.json');
    const { hardware } = definition().checkpoints[0];
    const changed = definition();
    changed.checkpoints[0].hardware = { ...hardware, memoryBytes: hardware.memoryBytes * 2 };
    writeFileSync(file, JSON.stringify(changed));
    const failure = { code: 'failed', remedy: expect.any(String), data: { said: expect.stringMatching(/./) } };
    await expect(restore(id)).rejects.toMatchObject(failure);
    expect(readStoredCounter(disk())).toBe(before);
    expect(readTags(disk())).toEqual([`vmbridge-${id}`]);
    expect(definition().pending).toBeUndefined();
    expect((await run('vm.start', { vm: 'web' })).machine.state).toBe('running');
    await stop();
    writeFileSync(file, JSON.stringify({ ...definition(), checkpoints: [{ ...changed.checkpoints[0], hardware }] }));
    expect(await restore(id)).toMatchObject({ state: 'running' });
    await remove(id);
  });

  it('that are cancelled while QEMU saves leave nothing behind, and the guest goes on', async () => {
    const controller = new AbortController();
    const progress = ({ message }: { message: string }) => message.startsWith('saving') && controller.abort();
    const caller = { ...asServer, signal: controller.signal, progress };
    const creating = done(bench.call('vm.checkpoint.create', { vm: 'web' }, caller));
    await expect(creating).rejects.toMatchObject({ code: 'cancelled' });
    while (definition().pending !== undefined) await wait(20);
    expect(await list()).toEqual([]);
    expect(readTags(disk())).toEqual([]);
    expect(memoryFiles()).toEqual([]);
    expect((await bench.call('vm.get', { vm: 'web' })).machine.state).toBe('running');
  });

  it('return to a machine that runs well under half a second', async () => {
    const { id } = await create();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      await restore(id);
      times.push(performance.now() - begun);
    }
    expect(Math.min(...times)).toBeLessThan(500);
    await remove(id);
  });

  it('that were being made when QEMU was killed are gone, and the machine starts again', async () => {
    const { processId } = (await bench.call('vm.get', { vm: 'web' })).machine;
    const making = create().then(
      () => 'made',
      (error: { code: string }) => error.code,
    );
    while (memoryFiles().length === 0) await wait(1);
    process.kill(processId, 'SIGKILL');
    const outcome = await making;
    expect(['made', 'host_fault']).toContain(outcome);
    const kept = outcome === 'made' ? (await list()).map(({ id }) => `vmbridge-${id}`) : [];
    expect(readTags(disk())).toEqual(kept);
    expect(memoryFiles().length).toBe(kept.length);
    expect((await run('vm.start', { vm: 'web' })).machine.state).toBe('running');
    for (const { id } of await list()) await remove(id);
  });

  it('of a machine with a device that keeps its memory from being saved are made without', async () => {
    await stop();
    await run('vm.create', { name: 'nvme', image: bench.disk, format: 'raw', bus: 'nvme', ...smallest });
    await run('vm.start', { vm: 'nvme' });
    await expect(run('vm.checkpoint.create', { vm: 'nvme' })).rejects.toMatchObject({
      code: 'unsupported',
      remedy: expect.stringContaining('disksOnly'),
      data: { reason: 'device', said: expect.stringContaining('nvme') },
    });
    expect((await bench.call('vm.get', { vm: 'nvme' })).machine.state).toBe('running');
    expect((await run('vm.checkpoint.create', { vm: 'nvme', disksOnly: true })).checkpoint.memory).toBe(false);
    await run('vm.stop', { vm: 'nvme', force: true });
    await runAsPerson('vm.delete', { vm: 'nvme' });
  });

  it('are not made of a throw-away machine', async () => {
    const { machine } = await run('image.boot', { image: bench.disk, format: 'raw' });
    await expect(run('vm.checkpoint.create', { vm: machine.id })).rejects.toMatchObject({
      code: 'unsupported',
      remedy: expect.stringContaining('vm.create'),
    });
    await run('vm.stop', { vm: machine.id, force: true });
    expect(existsSync(disk())).toBe(true);
  });
});
