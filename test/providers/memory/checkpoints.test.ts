import { describe, expect, it } from 'vitest';
import { openPretend } from './support/pretend.ts';

const web = 'memory:local/web';
const running = { machines: [{ name: 'web', state: 'running' }] };
const stopped = { machines: [{ name: 'web' }] };

describe('checkpoints of the pretend hypervisor', () => {
  it('make a tree, with the current one marked', async () => {
    const { run } = await openPretend(running);
    await run('vm.checkpoint.create', { vm: web, name: 'a' });
    await run('vm.checkpoint.create', { vm: web, name: 'b' });
    await run('vm.checkpoint.restore', { vm: web, checkpoint: 'a' });
    await run('vm.checkpoint.create', { vm: web, name: 'c' });
    const { checkpoints } = await run('vm.checkpoint.list', { vm: web });
    expect(checkpoints.map(({ id, name, parent, current }) => ({ id, name, parent, current }))).toEqual([
      { id: 'c1', name: 'a', parent: undefined, current: false },
      { id: 'c2', name: 'b', parent: 'c1', current: false },
      { id: 'c3', name: 'c', parent: 'c1', current: true },
    ]);
  });

  it('hold memory only of a machine that has some, and not with disksOnly', async () => {
    const { run } = await openPretend(running);
    expect((await run('vm.checkpoint.create', { vm: web })).checkpoint.memory).toBe(true);
    expect((await run('vm.checkpoint.create', { vm: web, disksOnly: true })).checkpoint.memory).toBe(false);
    await run('vm.stop', { vm: web });
    expect((await run('vm.checkpoint.create', { vm: web })).checkpoint.memory).toBe(false);
  });

  it('with memory bring a stopped machine back running', async () => {
    const { run } = await openPretend(running);
    await run('vm.checkpoint.create', { vm: web, name: 'live' });
    await run('vm.stop', { vm: web });
    const { machine } = await run('vm.checkpoint.restore', { vm: web, checkpoint: 'live' });
    expect(machine).toMatchObject({ state: 'running', startedAt: expect.any(String) });
  });

  it('without memory are not restored under a running machine', async () => {
    const { run } = await openPretend(running);
    await run('vm.checkpoint.create', { vm: web, name: 'disks', disksOnly: true });
    const restoring = run('vm.checkpoint.restore', { vm: web, checkpoint: 'disks' });
    await expect(restoring).rejects.toMatchObject({ code: 'conflict', data: { field: 'vm', state: 'running' } });
    await run('vm.stop', { vm: web });
    const { machine } = await run('vm.checkpoint.restore', { vm: web, checkpoint: 'disks' });
    expect(machine.state).toBe('stopped');
  });

  it('leave their children to their parent when deleted', async () => {
    const { run } = await openPretend(stopped);
    for (const name of ['a', 'b', 'c']) await run('vm.checkpoint.create', { vm: web, name });
    expect(await run('vm.checkpoint.delete', { vm: web, checkpoint: 'b' })).toEqual({ deleted: 'c2' });
    await run('vm.checkpoint.delete', { vm: web, checkpoint: 'c' });
    const { checkpoints } = await run('vm.checkpoint.list', { vm: web });
    expect(checkpoints).toMatchObject([{ id: 'c1', current: true }]);
    await run('vm.checkpoint.delete', { vm: web, checkpoint: 'c1' });
    const { checkpoint } = await run('vm.checkpoint.create', { vm: web });
    expect(checkpoint).toMatchObject({ id: 'c4', current: true });
    expect(checkpoint).not.toHaveProperty('parent');
  });

  it('of one name are told apart by id', async () => {
    const { run } = await openPretend(stopped);
    await run('vm.checkpoint.create', { vm: web, name: 'same' });
    await run('vm.checkpoint.create', { vm: web, name: 'same' });
    await expect(run('vm.checkpoint.delete', { vm: web, checkpoint: 'same' })).rejects.toMatchObject({
      code: 'ambiguous',
      data: { field: 'checkpoint', candidates: ['c1', 'c2'] },
    });
    await run('vm.checkpoint.delete', { vm: web, checkpoint: 'c1' });
    expect(await run('vm.checkpoint.delete', { vm: web, checkpoint: 'same' })).toEqual({ deleted: 'c2' });
  });

  it('that are not there are named', async () => {
    const { run } = await openPretend(stopped);
    await expect(run('vm.checkpoint.restore', { vm: web, checkpoint: 'x' })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'checkpoint' },
    });
  });
});
