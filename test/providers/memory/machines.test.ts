import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openPretend, recordProgress } from './support/pretend.ts';

const web = 'memory:local/web';
const stoppedWeb = { machines: [{ name: 'web' }] };
const runningWeb = { machines: [{ name: 'web', state: 'running' }] };

describe('machines of the pretend hypervisor', () => {
  it('are created stopped, with what was asked for', async () => {
    const { run } = await openPretend({ networks: [{ name: 'lab' }] });
    const { machine } = await run('vm.create', { name: 'db', cpus: 4, memoryBytes: 2 ** 30, network: 'lab' });
    expect(machine).toMatchObject({
      id: 'memory:local/db',
      state: 'stopped',
      nativeState: 'off',
      cpus: 4,
      memoryBytes: 2 ** 30,
      networks: ['lab'],
    });
    expect((await run('vm.list', {})).machines).toEqual([machine]);
  });

  it('refuse a name that is taken, also while the first is still being created', async () => {
    const { run } = await openPretend();
    const outcomes = await Promise.allSettled([run('vm.create', { name: 'db' }), run('vm.create', { name: 'db' })]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(run('vm.create', { name: 'db' })).rejects.toMatchObject({ code: 'conflict', data: { field: 'name' } });
  });

  it('refuse a network that is not there, and leave no machine behind', async () => {
    const { run } = await openPretend();
    const creation = run('vm.create', { name: 'db', network: 'nowhere' });
    await expect(creation).rejects.toMatchObject({ code: 'not_found', data: { field: 'network' } });
    expect((await run('vm.list', {})).total).toBe(0);
  });

  it('are seen starting, and tell of progress that never goes back', async () => {
    const { run, stateOf } = await openPretend({ ...stoppedWeb, speed: 30 });
    const { updates, progress } = recordProgress();
    const starting = run('vm.start', { vm: web }, { progress });
    await delay(50);
    expect(await stateOf(web)).toBe('starting/starting');
    const { machine } = await starting;
    expect(machine).toMatchObject({ state: 'running', startedAt: expect.any(String) });
    expect(updates.length).toBeGreaterThan(3);
    const fractions = updates.map(({ fraction }) => fraction ?? -1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  });

  it('take the time that the speed says', async () => {
    const { run } = await openPretend({ ...stoppedWeb, speed: 20 });
    const before = performance.now();
    await run('vm.start', { vm: web });
    expect(performance.now() - before).toBeGreaterThan(280);
  });

  it('stay as they are when started or stopped twice', async () => {
    const { run } = await openPretend(stoppedWeb);
    expect(await run('vm.stop', { vm: web })).toMatchObject({ method: 'already' });
    const first = await run('vm.start', { vm: web });
    expect(await run('vm.start', { vm: web })).toEqual(first);
  });

  it('refuse other work while they are stopping', async () => {
    const { run } = await openPretend({ ...runningWeb, speed: 20 });
    const stopping = run('vm.stop', { vm: web });
    await delay(30);
    for (const tool of ['vm.start', 'vm.restart', 'vm.pause', 'vm.delete', 'vm.checkpoint.create'] as const) {
      await expect(run(tool, { vm: web }), tool).rejects.toMatchObject({
        code: 'conflict',
        data: { nativeState: 'stopping' },
      });
    }
    expect(await stopping).toMatchObject({ method: 'guest', machine: { state: 'stopped' } });
  });

  it('whose guest ignores the request lose their power when the time is over', async () => {
    const { run } = await openPretend({ machines: [{ name: 'web', state: 'running', ignoresShutdown: true }] });
    const { updates, progress } = recordProgress();
    const stopped = await run('vm.stop', { vm: web, timeoutSeconds: 20 }, { progress });
    expect(stopped).toMatchObject({ method: 'kill', machine: { state: 'stopped' } });
    expect(updates.at(0)?.message).toBe('guest asked to shut down');
    expect(updates.at(-1)?.message).toBe('power cut');
  });

  it('are switched off at once with force', async () => {
    const { run } = await openPretend({ ...runningWeb, speed: 1 });
    const before = performance.now();
    expect(await run('vm.stop', { vm: web, force: true })).toMatchObject({ method: 'kill' });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('lose their power when paused: a frozen guest hears nothing', async () => {
    const { run } = await openPretend({ machines: [{ name: 'web', state: 'paused' }] });
    expect(await run('vm.stop', { vm: web })).toMatchObject({ method: 'kill', machine: { state: 'stopped' } });
  });

  it('restart through stopping and starting', async () => {
    const { run, stateOf } = await openPretend({ ...runningWeb, speed: 20 });
    const before = (await run('vm.get', { vm: web })).machine.startedAt;
    const seen = new Set<string>();
    let over = false;
    const restarting = run('vm.restart', { vm: web }).finally(() => {
      over = true;
    });
    while (!over) {
      seen.add(await stateOf(web));
      await delay(5);
    }
    expect([...seen]).toEqual(expect.arrayContaining(['stopping/stopping', 'starting/starting']));
    expect((await restarting).machine.startedAt).not.toBe(before);
  });

  it('are only restarted when they run', async () => {
    const { run } = await openPretend(stoppedWeb);
    await expect(run('vm.restart', { vm: web })).rejects.toMatchObject({
      code: 'conflict',
      remedy: expect.any(String),
    });
  });

  it('pause and resume', async () => {
    const { run } = await openPretend(runningWeb);
    expect((await run('vm.pause', { vm: web })).machine.state).toBe('paused');
    expect((await run('vm.pause', { vm: web })).machine.state).toBe('paused');
    await expect(run('vm.start', { vm: web })).rejects.toMatchObject({ code: 'conflict' });
    expect((await run('vm.resume', { vm: web })).machine.state).toBe('running');
    await run('vm.stop', { vm: web });
    await expect(run('vm.resume', { vm: web })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are deleted only when they do not run', async () => {
    const { run } = await openPretend(runningWeb);
    await expect(run('vm.delete', { vm: web })).rejects.toMatchObject({ code: 'conflict', data: { state: 'running' } });
    await run('vm.stop', { vm: web });
    expect(await run('vm.delete', { vm: web })).toEqual({ deleted: web });
    await expect(run('vm.get', { vm: web })).rejects.toMatchObject({ code: 'not_found', data: { field: 'vm' } });
  });

  it.each([
    ['vm.start', 'stopped', 'stopped/off'],
    ['vm.stop', 'running', 'running/running'],
    ['vm.restart', 'running', 'running/running'],
    ['vm.checkpoint.create', 'running', 'running/running'],
    ['vm.delete', 'stopped', 'stopped/off'],
  ] as const)('stand where they stood when %s is cancelled', async (tool, state, after) => {
    const { run, stateOf } = await openPretend({ machines: [{ name: 'web', state }], speed: 1 });
    const controller = new AbortController();
    const cancelled = run(tool, { vm: web }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stateOf(web)).toBe(after);
    expect((await run('vm.checkpoint.list', { vm: web })).checkpoints).toEqual([]);
  });

  it('are not there when their creation is cancelled', async () => {
    const { run } = await openPretend({ speed: 1 });
    const controller = new AbortController();
    const cancelled = run('vm.create', { name: 'db' }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect((await run('vm.list', {})).total).toBe(0);
  });

  it('are listed page by page', async () => {
    const machines = Array.from({ length: 25 }, (_, index) => ({ name: `m${index}` }));
    const { run } = await openPretend({ machines });
    const { machines: page, total } = await run('vm.list', { limit: 10, offset: 20 });
    expect(page.map(({ name }) => name)).toEqual(['m20', 'm21', 'm22', 'm23', 'm24']);
    expect(total).toBe(25);
  });
});
