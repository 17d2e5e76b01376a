import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
beforeAll(async () => {
  bench = await openMachineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const run = (id: string, input: object) => done(bench.call(id, input));
const get = async (vm: string) => (await bench.call('vm.get', { vm })).machine;
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);
const runFolders = () => readdirSync(path.join(bench.home, 'run'));

/** Calls from a program, which a machine does not outlive. */
const asServer = { door: 'jsonrpc' } as const;

describe('a machine that is kept', () => {
  it('is made from an image, which stays as it is, and found again by another process', async () => {
    const before = hash(bench.disk);
    const { machine, warnings } = await run('vm.create', {
      name: 'kept',
      image: bench.disk,
      format: 'raw',
      ...smallest,
    });
    expect(machine).toMatchObject({ id: 'qemu:local/kept', state: 'stopped', nativeState: 'off', cpus: 1 });
    expect(warnings).toEqual([]);
    expect(hash(bench.disk)).toBe(before);
    await using other = await bench.again();
    expect((await other.call('vm.get', { vm: 'kept' })).hardware).toMatchObject({
      firmware: 'bios',
      network: 'none',
      disks: [{ bus: 'ahci', sizeBytes: 2 ** 20 }],
    });
  });

  it('starts, pauses, goes on, restarts, and stops in order', async () => {
    const started = (await done(bench.call('vm.start', { vm: 'kept' }, asServer))).machine;
    expect(started).toMatchObject({ state: 'running' });
    expect(isAlive(started.processId)).toBe(true);
    expect((await run('vm.start', { vm: 'kept' })).machine.processId).toBe(started.processId);
    expect((await bench.call('vm.pause', { vm: 'kept' })).machine.state).toBe('paused');
    expect((await run('vm.start', { vm: 'kept' })).machine.state).toBe('running');
    expect((await run('vm.restart', { vm: 'kept', force: true })).machine.processId).toBe(started.processId);
    await wait(500);
    expect((await run('vm.restart', { vm: 'kept' })).machine).toMatchObject({
      state: 'running',
      processId: started.processId,
    });
    await wait(500);
    const stopped = await run('vm.stop', { vm: 'kept' });
    expect(stopped).toMatchObject({ method: 'guest', machine: { state: 'stopped', nativeState: 'off' } });
    expect(isAlive(started.processId)).toBe(false);
    expect(runFolders()).toEqual([]);
    expect((await run('vm.stop', { vm: 'kept' })).method).toBe('already');
  });

  it('says at once that its QEMU was killed, and where more is written', async () => {
    const { processId } = (await done(bench.call('vm.start', { vm: 'kept' }, asServer))).machine;
    const killed = performance.now();
    process.kill(processId, 'SIGKILL');
    let machine = await get('kept');
    while (machine.state !== 'failed') machine = await get('kept');
    expect(performance.now() - killed).toBeLessThan(500);
    expect(machine).toMatchObject({
      state: 'failed',
      nativeState: 'crashed',
      problem: expect.stringContaining('SIGKILL'),
    });
    expect(existsSync(machine.log)).toBe(true);
    // It can be started again all the same.
    expect((await done(bench.call('vm.start', { vm: 'kept' }, asServer))).machine).toMatchObject({ state: 'running' });
    const running = await get('kept');
    expect(running.problem).toBeUndefined();
  });

  it('says that its QEMU does not answer, and that it does again', async () => {
    const { processId } = await get('kept');
    process.kill(processId, 'SIGSTOP');
    const stopped = performance.now();
    let machine = await get('kept');
    while (machine.state !== 'failed' && performance.now() - stopped < 10_000) {
      await wait(100);
      machine = await get('kept');
    }
    expect(performance.now() - stopped).toBeLessThan(5000);
    expect(machine).toMatchObject({ state: 'failed', nativeState: 'not responding' });
    process.kill(processId, 'SIGCONT');
    while ((await get('kept')).state !== 'running') await wait(100);
    await run('vm.stop', { vm: 'kept', force: true });
  });

  it('is renamed, configured and cloned', async () => {
    expect((await bench.call('vm.rename', { vm: 'kept', name: 'renamed' })).machine.id).toBe('qemu:local/renamed');
    await expect(bench.call('vm.get', { vm: 'kept' })).rejects.toMatchObject({ code: 'not_found' });
    const forwards = [{ hostPort: 42_222, guestPort: 22 }];
    const configured = await bench.call('vm.configure', { vm: 'renamed', cpus: 2, network: 'user', forwards });
    expect(configured.machine.cpus).toBe(2);
    expect(configured.hardware).toMatchObject({ network: 'user', forwards: [{ hostPort: 42_222, guestPort: 22 }] });
    await expect(run('vm.clone', { vm: 'renamed', name: 'renamed' })).rejects.toMatchObject({ code: 'conflict' });
    expect((await run('vm.clone', { vm: 'renamed', name: 'copy' })).machine.state).toBe('stopped');
    expect((await run('vm.clone', { vm: 'renamed', name: 'linked', linked: true })).machine.state).toBe('stopped');
    await expect(run('vm.start', { vm: 'renamed' })).rejects.toMatchObject({
      code: 'conflict',
      data: { clones: ['linked'] },
    });
    for (const vm of ['copy', 'linked']) {
      await done(bench.call('vm.start', { vm }, asServer));
      await expect(run('vm.delete', { vm })).rejects.toMatchObject({ code: 'conflict' });
      expect((await run('vm.stop', { vm, force: true })).machine.state).toBe('stopped');
      expect(await run('vm.delete', { vm })).toEqual({ deleted: `qemu:local/${vm}` });
    }
    await run('vm.delete', { vm: 'renamed' });
    expect(readdirSync(path.join(bench.home, 'state', 'machines')).filter(name => /^[0-9a-f]{12}$/.test(name))).toEqual(
      [],
    );
  });
});

describe('a machine whose QEMU was stopped by a signal', () => {
  it('is not waited for, and can be stopped', async () => {
    await run('vm.create', { name: 'silent', image: bench.disk, format: 'raw', ...smallest });
    const { processId } = (await done(bench.call('vm.start', { vm: 'silent' }, asServer))).machine;
    process.kill(processId, 'SIGSTOP');
    await wait(5000);
    const asked = performance.now();
    await expect(bench.call('vm.screenshot', { vm: 'silent' })).rejects.toMatchObject({ code: expect.any(String) });
    expect(performance.now() - asked).toBeLessThan(5000);
    expect((await run('vm.stop', { vm: 'silent' })).method).toBe('kill');
    expect(isAlive(processId)).toBe(false);
    await run('vm.delete', { vm: 'silent' });
  });
});
