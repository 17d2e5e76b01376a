import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointName } from '../../../src/model/checkpoint.ts';
import { readTags } from './support/counting-guest.ts';
import { done, openMachineBench, smallest } from './support/machines.ts';

describe('checkpoints', () => {
  it('of a machine with UEFI hold its variables too', async ctx => {
    await using bench = await openMachineBench();
    const run = (id: string, input: object) => done(bench.call(id, input));
    const made = await run('vm.create', {
      name: 'new',
      firmware: 'uefi',
      ...smallest,
      memoryBytes: 256 * 2 ** 20,
    }).catch((error: { code: string; message: string }) => error);
    if ('code' in made) return ctx.skip(`no UEFI firmware: ${made.message}`);
    const root = path.join(bench.home, 'state', 'machines');
    const folder = path.join(root, readdirSync(root).find(name => /^[0-9a-f]{12}$/.test(name)) ?? '');
    const tags = () => ['disk0.qcow2', 'variables.qcow2'].map(file => readTags(path.join(folder, file)));
    await run('vm.checkpoint.create', { vm: 'new', name: 'fresh' });
    expect(tags()).toEqual([['vmbridge-c1'], ['vmbridge-c1']]);
    await run('vm.start', { vm: 'new' });
    expect((await run('vm.checkpoint.create', { vm: 'new', name: 'live' })).checkpoint.memory).toBe(true);
    expect((await run('vm.checkpoint.create', { vm: 'new', disksOnly: true })).checkpoint.memory).toBe(false);
    expect(tags()[1]).toEqual(['vmbridge-c1', 'vmbridge-c2', 'vmbridge-c3']);
    expect((await run('vm.checkpoint.restore', { vm: 'new', checkpoint: 'live' })).machine.state).toBe('running');
    await run('vm.stop', { vm: 'new', force: true });
    expect((await run('vm.checkpoint.restore', { vm: 'new', checkpoint: 'live' })).machine.state).toBe('running');
    await run('vm.stop', { vm: 'new', force: true });
    expect((await run('vm.checkpoint.restore', { vm: 'new', checkpoint: 'fresh' })).machine.state).toBe('stopped');
    for (const checkpoint of ['c1', 'c2', 'c3']) await run('vm.checkpoint.delete', { vm: 'new', checkpoint });
    expect(tags()).toEqual([[], []]);
  });

  it('are found by names of any text', async () => {
    await using bench = await openMachineBench();
    const run = (id: string, input: object) => done(bench.call(id, input));
    await run('vm.create', { name: 'web', image: bench.disk, format: 'raw', ...smallest });
    const names = fc
      .oneof(
        fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }),
        fc.constantFrom('-a', 'vmbridge-c1', '$(id)', "';", '../x'),
      )
      .filter(name => checkpointName.safeParse(name).success && !/^c\d+$/.test(name));
    await fc.assert(
      fc.asyncProperty(names, async name => {
        const { checkpoint } = await run('vm.checkpoint.create', { vm: 'web', name });
        expect(checkpoint.name).toBe(name);
        await run('vm.checkpoint.restore', { vm: 'web', checkpoint: name });
        expect(await run('vm.checkpoint.delete', { vm: 'web', checkpoint: name })).toEqual({ deleted: checkpoint.id });
      }),
      { numRuns: 12 },
    );
  });
});
