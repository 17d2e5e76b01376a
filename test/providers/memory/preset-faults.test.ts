import { describe, expect, it } from 'vitest';
import { openPretend } from './support/pretend.ts';

const machines = [{ name: 'web' }, { name: 'db' }];
const web = 'memory:local/web';

describe('faults on demand', () => {
  it('befall the named tool and machine as often as asked for', async () => {
    const faults = [
      { tool: 'vm.start', vm: 'web', fault: 'host_fault', times: 2, message: 'No power.', remedy: 'Wait.' },
    ];
    const { run, stateOf } = await openPretend({ machines, faults });
    await run('vm.start', { vm: 'memory:local/db' });
    for (let time = 0; time < 2; time++) {
      await expect(run('vm.start', { vm: web })).rejects.toMatchObject({
        code: 'host_fault',
        message: 'No power.',
        remedy: 'Wait.',
      });
      expect(await stateOf(web)).toBe('stopped/off');
    }
    expect((await run('vm.start', { vm: web })).machine.state).toBe('running');
  });

  it('can let some calls pass first', async () => {
    const { run } = await openPretend({ machines, faults: [{ tool: 'vm.list', fault: 'busy', skip: 1, times: 1 }] });
    await run('vm.list', {});
    await expect(run('vm.list', {})).rejects.toMatchObject({ code: 'busy' });
    await run('vm.list', {});
  });

  it('can strike halfway and leave the machine failed, which can then be started', async () => {
    const faults = [{ tool: 'vm.start', fault: 'failed', at: 0.5, times: 1, leavesFailed: true }];
    const { run, stateOf } = await openPretend({ machines, faults });
    const told: string[] = [];
    const starting = run('vm.start', { vm: web }, { progress: ({ message }) => told.push(message) });
    await expect(starting).rejects.toMatchObject({ code: 'failed' });
    expect(told).toEqual(['power on', 'firmware', 'boot loader']);
    expect(await stateOf(web)).toBe('failed/failed');
    expect((await run('vm.start', { vm: web })).machine.state).toBe('running');
  });

  it('can be no Fault at all', async () => {
    const { run } = await openPretend({ faults: [{ tool: 'network.list', fault: 'crash', message: 'boom' }] });
    await expect(run('network.list', {})).rejects.toThrow(/^boom$/);
  });

  it('can hang until cancelled, the machine seen in between', async () => {
    const { run, stateOf } = await openPretend({ machines, faults: [{ tool: 'vm.start', hang: true }] });
    const controller = new AbortController();
    const hanging = run('vm.start', { vm: web }, { signal: controller.signal });
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(await stateOf(web)).toBe('starting/starting');
    controller.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stateOf(web)).toBe('stopped/off');
  });

  it('can only delay', async () => {
    const { run } = await openPretend({ machines, faults: [{ tool: 'vm.get', vm: 'web', delaySeconds: 0.2 }] });
    const before = performance.now();
    await run('vm.get', { vm: web });
    expect(performance.now() - before).toBeGreaterThan(180);
  });
});
