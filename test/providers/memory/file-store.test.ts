import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeFolder, openPretend } from './support/pretend.ts';

const script = path.join(import.meta.dirname, 'support/work-on-file.ts');
const web = 'memory:local/web';

function startWorker(file: string, name: string, count: number) {
  return spawn(process.execPath, [script, file, name, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** A process that has been and gone. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the state file of the pretend hypervisor', () => {
  it('is made with the initial machines and then keeps everything for the next process', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'deep/below/world.json');
    const settings = { file, machines: [{ name: 'web' }] };
    const first = await openPretend(settings);
    await first.run('vm.start', { vm: web });
    await first.run('vm.checkpoint.create', { vm: web, name: 'a' });
    const second = await openPretend({ ...settings, machines: [] });
    expect((await second.run('vm.get', { vm: web })).machine.state).toBe('running');
    expect((await second.run('vm.checkpoint.list', { vm: web })).checkpoints).toMatchObject([{ name: 'a' }]);
    await second.run('vm.stop', { vm: web });
    expect(await first.stateOf(web)).toBe('stopped/off');
  });

  it('lies below the state folder when its path is relative', async () => {
    using folder = makeFolder();
    const { run } = await openPretend({ file: 'pretend.json' }, folder.path);
    await run('network.create', { name: 'lab' });
    expect(readdirSync(path.join(folder.path, 'state'))).toEqual(['pretend.json']);
  });

  it('counts the calls that faults befall over all processes', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    const settings = { file, faults: [{ tool: 'network.list', fault: 'busy', times: 1 }] };
    await expect((await openPretend(settings)).run('network.list', {})).rejects.toMatchObject({ code: 'busy' });
    await (await openPretend(settings)).run('network.list', {});
  });

  it('loses no change of several processes that write at once', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    const workers = ['a', 'b', 'c'].map(name => startWorker(file, name, 20));
    const codes = await Promise.all(workers.map(async worker => (await once(worker, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    const { run } = await openPretend({ file });
    expect((await run('network.list', {})).networks).toHaveLength(60);
    expect(readdirSync(folder.path)).toEqual(['world.json']);
  });

  it('survives a kill at any moment', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    const { run } = await openPretend({ file });
    await run('network.create', { name: 'lab' });
    for (let round = 0; round < 8; round++) {
      const worker = startWorker(file, `r${round}`, 0);
      await once(worker.stdout, 'data');
      await delay(20 + round * 9);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      expect(() => JSON.parse(readFileSync(file, 'utf8'))).not.toThrow();
      for (const { id, state, nativeState } of (await run('vm.list', {})).machines) {
        expect(['running', 'off']).toContain(nativeState);
        if (state === 'running') await run('vm.stop', { vm: id });
        await run('vm.delete', { vm: id });
      }
      expect((await run('vm.list', {})).total).toBe(0);
    }
  });

  it('has the lock of a dead process removed, also when its remover died, too', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    const owner = { pid: await deadProcess() };
    writeFileSync(`${file}.lock`, JSON.stringify({ token: 'one', owner }));
    writeFileSync(`${file}.lock.one`, JSON.stringify({ token: 'two', owner }));
    const pretenders = await Promise.all(Array.from({ length: 5 }, () => openPretend({ file })));
    await Promise.all(pretenders.map(({ run }, index) => run('network.create', { name: `n${index}` })));
    expect((await pretenders[0]!.run('network.list', {})).networks).toHaveLength(5);
    expect(readdirSync(folder.path)).toEqual(['world.json']);
  });

  it('is not written while a living process holds its lock', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    writeFileSync(`${file}.lock`, JSON.stringify({ token: 'one', owner: { pid: process.pid } }));
    const { run } = await openPretend({ file });
    const controller = new AbortController();
    const waiting = run('network.create', { name: 'lab' }, { signal: controller.signal });
    await delay(100);
    // Whoever waits tries again and again, with a draft of a lock that is there for a moment.
    const names = readdirSync(folder.path).filter(name => !name.endsWith('.draft'));
    expect(names).toEqual(['world.json.lock']);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('takes back work whose process died', async () => {
    using folder = makeFolder();
    const file = path.join(folder.path, 'world.json');
    const { run, stateOf } = await openPretend({
      file,
      machines: [{ name: 'web', state: 'running' }, { name: 'new' }],
    });
    await run('network.create', { name: 'lab' });
    const world = JSON.parse(readFileSync(file, 'utf8'));
    const owner = { pid: await deadProcess() };
    world.machines[0].activity = { kind: 'stop', id: 'x', owner };
    world.machines[1].activity = { kind: 'create', id: 'y', owner };
    writeFileSync(file, JSON.stringify(world));
    expect(await stateOf(web)).toBe('running/running');
    expect((await run('vm.list', {})).total).toBe(1);
    expect((await run('vm.create', { name: 'new' })).machine.state).toBe('stopped');
  });
});
