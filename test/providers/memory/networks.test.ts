import { describe, expect, it } from 'vitest';
import { openPretend } from './support/pretend.ts';

describe('networks of the pretend hypervisor', () => {
  it('are created, listed with their machines, and deleted by name or id', async () => {
    const { run } = await openPretend();
    await run('network.create', { name: 'lab', kind: 'nat' });
    await run('network.create', { name: 'spare' });
    await run('vm.create', { name: 'web', network: 'memory:local/lab' });
    expect((await run('network.list', {})).networks).toMatchObject([
      { id: 'memory:local/lab', kind: 'nat', machines: ['memory:local/web'] },
      { name: 'spare', kind: 'private', machines: [] },
    ]);
    expect(await run('network.delete', { network: 'memory:local/spare' })).toEqual({ deleted: 'memory:local/spare' });
  });

  it('stay while a machine is attached', async () => {
    const { run } = await openPretend({ networks: [{ name: 'lab' }], machines: [{ name: 'web', networks: ['lab'] }] });
    await expect(run('network.delete', { network: 'lab' })).rejects.toMatchObject({
      code: 'conflict',
      data: { machines: ['memory:local/web'] },
    });
    await run('vm.delete', { vm: 'memory:local/web' });
    await run('network.delete', { network: 'lab' });
    expect((await run('network.list', {})).networks).toEqual([]);
  });

  it('refuse a name that is taken, and one that is not there', async () => {
    const { run } = await openPretend({ networks: [{ name: 'lab' }] });
    await expect(run('network.create', { name: 'lab' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(run('network.delete', { network: 'x' })).rejects.toMatchObject({
      code: 'not_found',
      data: { field: 'network', candidates: ['lab'] },
    });
  });
});
