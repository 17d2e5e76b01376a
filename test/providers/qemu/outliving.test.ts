import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, type MachineBench, openMachineBench, smallest } from './support/machines.ts';

let bench: MachineBench;
beforeAll(async () => {
  bench = await openMachineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const asServer = { door: 'jsonrpc' } as const;

describe('a machine that outlives the server which started it', () => {
  it('runs on, is taken over by the next one, and stops there in order', async () => {
    await done(bench.call('vm.create', { name: 'lasting', image: bench.disk, format: 'raw', ...smallest }));
    const first = await bench.again();
    const { processId } = (await done(first.call('vm.start', { vm: 'lasting', outlive: true }, asServer))).machine;
    await first[Symbol.asyncDispose]();
    expect(existsSync(`/proc/${processId}`)).toBe(true);
    await using second = await bench.again();
    // Until the guest listens for the button.
    await wait(500);
    const begun = performance.now();
    expect((await second.call('vm.get', { vm: 'lasting' })).machine).toMatchObject({ state: 'running', processId });
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(await done(second.call('vm.stop', { vm: 'lasting' }))).toMatchObject({ method: 'guest' });
    // A child of this process stays until it is waited for.
    await expect.poll(() => existsSync(`/proc/${processId}`)).toBe(false);
    expect((await second.call('vm.get', { vm: 'lasting' })).machine).toMatchObject({ state: 'stopped' });
  });

  it('shows as crashed when it was killed while nobody kept it', async () => {
    const first = await bench.again();
    const { processId } = (await done(first.call('vm.start', { vm: 'lasting', outlive: true }, asServer))).machine;
    await first[Symbol.asyncDispose]();
    process.kill(processId, 'SIGKILL');
    await wait(200);
    await using second = await bench.again();
    expect((await second.call('vm.get', { vm: 'lasting' })).machine).toMatchObject({
      state: 'failed',
      nativeState: 'crashed',
      log: expect.stringContaining('engine.log'),
    });
  });

  it('is stopped by the guest itself while nobody looks, and is known as stopped', async () => {
    const first = await bench.again();
    const started = (await done(first.call('vm.start', { vm: 'lasting', outlive: true }, asServer))).machine;
    await wait(500);
    await first.call('vm.pause', { vm: 'lasting' });
    await first[Symbol.asyncDispose]();
    await using second = await bench.again();
    expect((await second.call('vm.get', { vm: 'lasting' })).machine.state).toBe('paused');
    expect((await done(second.call('vm.stop', { vm: 'lasting', timeoutSeconds: 0 }))).method).toBe('quit');
    // A child of this process stays until it is waited for.
    await expect.poll(() => existsSync(`/proc/${started.processId}`)).toBe(false);
  });
});
